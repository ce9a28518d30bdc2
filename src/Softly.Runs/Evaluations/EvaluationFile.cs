using System.Text.Json;

namespace Softly.Runs;

/// <summary>A part of an evaluation: one benchmark, answered in one mode.</summary>
/// <param name="Benchmark">The benchmark's or task's name.</param>
/// <param name="Mode">How answers are drawn.</param>
/// <param name="Problems">How many problems.</param>
public sealed record EvaluationPart(string Benchmark, string Mode, int Problems)
{
    /// <summary>Its answers, by their path in the folder.</summary>
    public string Samples => $"samples/{Safe(Benchmark)}-{Safe(Mode)}.jsonl";

    /// <summary>Its problems, by their path in the folder; parts of one benchmark share them.</summary>
    public string Questions => $"problems/{Safe(Benchmark)}.jsonl";

    private static string Safe(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_'));
}

/// <summary>
/// The file <c>evaluation.json</c>: everything that decides a number of an evaluation, flat, so that two evaluations differ in
/// keys that can be named. Written when an evaluation begins and never changed.
/// </summary>
public sealed record EvaluationFile
{
    /// <summary>Its name in the folder.</summary>
    public const string FileName = "evaluation.json";

    /// <summary>The evaluation's name, for titles.</summary>
    public required string Name { get; init; }

    /// <summary>The command that began it.</summary>
    public string Command { get; init; } = "";

    /// <summary>n: answers a problem.</summary>
    public required int Samples { get; init; }

    /// <summary>Problems of a piece: what is answered together, and written together.</summary>
    public required int Piece { get; init; }

    /// <summary>What decides the numbers, in reading order.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; }

    /// <summary>The parts, benchmark by benchmark in every mode.</summary>
    public required IReadOnlyList<EvaluationPart> Parts { get; init; }

    /// <summary>What decides no number: paths and addresses.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Notes { get; init; } = [];

    /// <summary>
    /// The first key in which another evaluation differs, with both values (null where it has none); null where none does.
    /// </summary>
    public (string Key, string? Mine, string? Other)? Difference(EvaluationFile other)
    {
        var theirs = other.All().ToDictionary();
        foreach (var (key, value) in All())
            if (!theirs.Remove(key, out var there) || there != value) return (key, value, there);
        return theirs.Count > 0 ? (theirs.First().Key, null, theirs.First().Value) : null;
    }

    /// <summary>Reads the file of a folder; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static EvaluationFile? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Parse(document.RootElement);
        }
        catch (Exception error)
            when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: not the description of an evaluation: {error.Message}", error);
        }
    }

    /// <summary>Writes the file of a folder, whole or not at all.</summary>
    public void Write(string folder) => WholeFile.Write(Path.Combine(folder, FileName), JsonLines.Document(Write));

    private IEnumerable<KeyValuePair<string, string>> All() =>
    [
        new("samples", $"{Samples}"),
        new("piece", $"{Piece}"),
        new("parts", string.Join(", ", Parts.Select(p => $"{p.Benchmark} {p.Mode}"))),
        .. Settings,
    ];

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("format", 1);
        json.WriteString("name", Name);
        json.WriteString("command", Command);
        json.WriteNumber("samples", Samples);
        json.WriteNumber("piece", Piece);
        WriteAll(json, "settings", Settings);
        json.WriteStartArray("parts");
        foreach (var part in Parts)
        {
            json.WriteStartObject();
            json.WriteString("benchmark", part.Benchmark);
            json.WriteString("mode", part.Mode);
            json.WriteNumber("problems", part.Problems);
            json.WriteString("samples", part.Samples);
            json.WriteString("questions", part.Questions);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteAll(json, "notes", Notes);
        json.WriteEndObject();
    }

    private static void WriteAll(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in pairs) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static EvaluationFile Parse(JsonElement json)
    {
        if (json.GetProperty("format").GetInt32() is not 1 and var format)
            throw new FormatException($"format {format}, expected 1");
        return new EvaluationFile
        {
            Name = json.GetProperty("name").GetString()!,
            Command = json.GetProperty("command").GetString()!,
            Samples = json.GetProperty("samples").GetInt32(),
            Piece = json.GetProperty("piece").GetInt32(),
            Settings = Pairs("settings"),
            Parts = [.. json.GetProperty("parts").EnumerateArray().Select(p => new EvaluationPart(
                p.GetProperty("benchmark").GetString()!, p.GetProperty("mode").GetString()!,
                p.GetProperty("problems").GetInt32()))],
            Notes = Pairs("notes"),
        };

        KeyValuePair<string, string>[] Pairs(string name) =>
            [.. json.GetProperty(name).EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetString()!))];
    }
}
