using System.Text.Json;

namespace Softly.Tasks;

/// <summary>Makes problems of a file's records.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="layout">Where its records keep question and answer.</param>
/// <param name="options">What is put around questions.</param>
/// <param name="grader">Who will judge: its suffix is the default.</param>
internal sealed class ProblemRecord(string path, RecordLayout layout, JsonLinesOptions options, IGrader grader)
{
    /// <summary>Longer fields stay in the file.</summary>
    private const int LongestField = 4000;

    /// <summary>The problem of a record, and its question as the file has it.</summary>
    /// <exception cref="DatasetException">A column is missing, empty or of another kind.</exception>
    public (string Question, Problem Problem) Read(int line, JsonElement record)
    {
        var value = RecordLayout.Need(path, line, record, layout.Prompt, "prompt_column");
        var id = record.TryGetProperty("id", out var given) ? Scalar(given) : null;
        var answer = AnswerOf(line, RecordLayout.Need(path, line, record, layout.Answer, "answer_column"));
        var fields = Fields(record);
        var asked = Asking(line, record, id ?? "", answer, fields);
        var (question, prompt, messages) =
            value.ValueKind == JsonValueKind.Array ? Turns(line, value, asked) : Text(line, value, record, asked);
        if (string.IsNullOrEmpty(id)) id = $"{Path.GetFileNameWithoutExtension(path)}:{line}";
        return (question, new Problem(id, prompt, answer)
        {
            Messages = messages,
            Fields = fields,
        });
    }

    private (string Question, string Prompt, IReadOnlyList<Message>? Messages) Text(
        int line, JsonElement value, JsonElement record, Func<string, string> asked)
    {
        var question = value.ValueKind == JsonValueKind.String ? value.GetString()!
            : throw Expected(line, layout.Prompt, "a text or a list of turns", value);
        if (string.IsNullOrWhiteSpace(question)) throw new DatasetException($"{path}:{line}: column '{layout.Prompt}' is empty");
        question += Choices(record);
        var prompt = asked(question);
        if (!(options.Conversation ?? (options.SystemPrompt is not null || !layout.IsWholePrompt)))
            return (question, prompt, null);
        var turn = new Message("user", prompt);
        return (question, prompt, options.SystemPrompt is { } system ? [new Message("system", system), turn] : [turn]);
    }

    private (string Question, string Prompt, IReadOnlyList<Message>? Messages) Turns(
        int line, JsonElement value, Func<string, string> asked)
    {
        if (options.Conversation == false) throw Expected(line, layout.Prompt, "a text (plain prompts are asked for)", value);
        var turns = value.EnumerateArray().Select(turn => Turn(line, turn)).ToList();
        if (turns.FindLastIndex(t => t.Role == "user") is not (>= 0 and var last))
            throw new DatasetException($"{path}:{line}: column '{layout.Prompt}' has no user turn");
        var question = string.Join('\n', turns.Where(t => t.Role != "system").Select(t => t.Content));
        turns[last] = turns[last] with { Content = asked(turns[last].Content) };
        if (options.SystemPrompt is { } system)
        {
            turns.RemoveAll(t => t.Role == "system");
            turns.Insert(0, new Message("system", system));
        }
        return (question, turns.Last(t => t.Role == "user").Content, turns);
    }

    /// <summary>From a question to what is put to the model: the options' own way, or a suffix.</summary>
    private Func<string, string> Asking(
        int line, JsonElement record, string id, string answer, Dictionary<string, string> fields)
    {
        if (options.Ask is { } ask) return question => Placed(line, () => ask(question, record));
        var suffix = options.PromptSuffix ?? (layout.IsWholePrompt ? ""
            : Placed(line, () => grader.SuffixOf(new Problem(id, "", answer) { Fields = fields })));
        return question => question + suffix;
    }

    /// <summary>What somebody else finds wrong with a record gets its place.</summary>
    private string Placed(int line, Func<string> make)
    {
        try
        {
            return make();
        }
        catch (DatasetException e)
        {
            throw new DatasetException($"{path}:{line}: {e.Message}", e);
        }
    }

    /// <summary>A turn by role and content; "from" and "value" are an older custom.</summary>
    private Message Turn(int line, JsonElement turn)
    {
        string Part(string name, string older) =>
            (RecordLayout.Find(turn, name) ?? RecordLayout.Find(turn, older)) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()!
            : throw new DatasetException($"{path}:{line}: a turn of column '{layout.Prompt}' has no text '{name}'");
        var role = Part("role", "from") switch { "human" => "user", "gpt" => "assistant", var other => other };
        return role is "system" or "user" or "assistant" ? new Message(role, Part("content", "value"))
            : throw new DatasetException(
                $"{path}:{line}: a turn of column '{layout.Prompt}' has the role '{role}'; expected system, user or assistant");
    }

    private string AnswerOf(int line, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 1) value = value[0];
        var text = Scalar(value) ?? throw Expected(line, layout.Answer, "a text or a number", value);
        if (grader.Columns.Contains(layout.Answer)) return text;
        var answer = FinalAnswer.Of(text, layout.AnswerIsSolution);
        return answer.Length > 0 ? answer : throw new DatasetException($"{path}:{line}: column '{layout.Answer}' has no answer");
    }

    /// <summary>Listed choices follow the question as lines A, B, C …</summary>
    private static string Choices(JsonElement record)
    {
        if (RecordLayout.Find(record, "choices") is not { ValueKind: JsonValueKind.Array } choices) return "";
        var texts = choices.EnumerateArray().Select(Scalar).ToArray();
        return texts.Contains(null) || texts.Length > 26 ? ""
            : "\n\n" + string.Join('\n', texts.Select((text, i) => $"{(char)('A' + i)}. {text}"));
    }

    private Dictionary<string, string> Fields(JsonElement record)
    {
        var fields = new Dictionary<string, string>();
        foreach (var property in record.EnumerateObject())
            if (grader.Columns.Contains(property.Name))
            {
                if ((Scalar(property.Value) ?? Listed(property.Value)) is { } whole) fields[property.Name] = whole;
            }
            else if (property.Name != layout.Prompt && property.Name != layout.Answer
                && Scalar(property.Value) is { Length: <= LongestField } text)
                fields[property.Name] = text;
        return fields;
    }

    private static string? Listed(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.GetRawText() : null;

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private DatasetException Expected(int line, string column, string what, JsonElement found) =>
        new($"{path}:{line}: column '{column}' should be {what}, found {JsonLinesReader.Kind(found)}");
}
