using System.Globalization;

namespace Softly.Tasks;

/// <summary>
/// What the texts of all symbolic tasks share: words between blanks, thoughts up to <c>&gt;</c>, the answer up to the end.
/// </summary>
internal static class Words
{
    public const string Pad = "<pad>";
    public const string End = "<end>";
    public const string Ask = ":";
    public const string Think = ">";

    /// <summary>The words that every symbolic vocabulary begins with.</summary>
    public static readonly IReadOnlyList<string> Common = [Pad, End, Ask, Think];

    /// <summary>A grade for a prompt that the task did not make and cannot read.</summary>
    public static readonly Grade Foreign = new(0, Verdict.Unparsable, "the prompt is not one of this task");

    /// <summary>What stands between the first <c>&gt;</c> and the end word; null where there is no <c>&gt;</c>.</summary>
    public static string[]? AnswerOf(string completion)
    {
        var words = Split(completion);
        var start = Array.IndexOf(words, Think);
        return start < 0 ? null : [.. words.Skip(start + 1).TakeWhile(w => w != End)];
    }

    /// <summary>The words before the colon that ends a prompt; null where the prompt does not end so.</summary>
    public static string[]? QuestionOf(string prompt) => Split(prompt) is [.. var question, Ask] ? question : null;

    /// <summary>A whole number from 0 to <paramref name="below"/> − 1, digits only.</summary>
    public static int? Number(string word, int below = int.MaxValue) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < below ? number : null;

    /// <summary>The numbers that words stand for; null where one does not.</summary>
    public static int[]? Numbers(IEnumerable<string> words, int below = int.MaxValue)
    {
        var numbers = words.Select(w => Number(w, below)).ToArray();
        return numbers.All(n => n is not null) ? Array.ConvertAll(numbers, n => n!.Value) : null;
    }

    /// <summary>Plain thoughts.</summary>
    public static IEnumerable<DemonstrationStep> Thoughts(IEnumerable<string> words) =>
        words.Select(w => DemonstrationStep.Of(w, true));

    /// <summary>Thoughts, the mark, an answer in plain words, the end word.</summary>
    public static Demonstration Worked(IEnumerable<DemonstrationStep> thoughts, IEnumerable<string> answer)
    {
        string[] rest = [Think, .. answer, End];
        return new Demonstration([.. thoughts, .. rest.Select(w => DemonstrationStep.Of(w, false))]);
    }

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Words between blanks.</summary>
    public static string[] Split(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
