using Softly.Runs;

namespace Softly.Cli.Evaluating;

/// <summary>One side of a comparison: evaluations of one kind, one a seed, and which mode of them is meant.</summary>
/// <param name="Name">For sentences.</param>
/// <param name="Mode">The mode; null where it was left open.</param>
/// <param name="Folders">The evaluations' folders, in the order they are paired.</param>
/// <param name="Files">What decided each.</param>
internal sealed record ComparedSide(
    string Name, string? Mode, IReadOnlyList<string> Folders, IReadOnlyList<EvaluationFile> Files)
{
    /// <summary>Reads a side as a user writes it: folders separated by commas, and behind # a mode.</summary>
    /// <exception cref="UserError">A folder is no evaluation, or has no such mode.</exception>
    public static ComparedSide Parse(string text)
    {
        var at = text.LastIndexOf('#');
        var mode = at < 0 ? null : text[(at + 1)..];
        var folders = (at < 0 ? text : text[..at])
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(Path.TrimEndingDirectorySeparator).ToList();
        if (folders.Count == 0) throw new UserError($"--compare {text}: names no folder; give the folder of an evaluation");
        var files = folders.Select(Read).ToList();
        for (var i = 0; i < files.Count && mode is not null; i++)
        {
            string[] modes = [.. files[i].Parts.Select(p => p.Mode).Distinct()];
            if (!modes.Contains(mode))
                throw new UserError($"--compare {text}: {folders[i]} has no mode {mode}; it has {string.Join(", ", modes)}");
        }
        return new ComparedSide(Path.GetFileName(folders[0]), mode, folders, files);
    }

    /// <summary>The modes in which every one of its evaluations answered a benchmark.</summary>
    public IReadOnlyList<string> ModesOf(string benchmark) =>
    [
        .. Files[0].Parts.Where(p => p.Benchmark == benchmark && (Mode is null || p.Mode == Mode)).Select(p => p.Mode)
            .Where(m => Files.All(f => f.Parts.Any(p => p.Benchmark == benchmark && p.Mode == m))),
    ];

    /// <summary>The answers of every evaluation to a benchmark in a mode.</summary>
    public IReadOnlyList<IReadOnlyList<SampleRecord>> Samples(string benchmark, string mode) =>
        [.. Folders.Select((folder, i) => Path.Combine(folder, Part(i, benchmark, mode).Samples))
            .Select(path => File.Exists(path) && SampleLog.Read(path) is { Count: > 0 } samples ? samples
                : throw new UserError($"{path}: there are no answers yet: run the evaluation's command again to go on with it"))];

    /// <summary>The problems of a benchmark, by id.</summary>
    public IReadOnlyDictionary<string, AskedProblem> Problems(string benchmark) => AskedProblem
        .ReadAll(Path.Combine(Folders[0], Files[0].Parts.First(p => p.Benchmark == benchmark).Questions)).ToDictionary(p => p.Id);

    /// <summary>A setting of every evaluation, as one text; null where none has it.</summary>
    public string? Setting(string key)
    {
        string?[] values = [.. Files.Select(f => f.Settings.FirstOrDefault(s => s.Key == key).Value)];
        return values.All(v => v is null) ? null : string.Join(", ", values);
    }

    /// <summary>Who judged a benchmark in its evaluations.</summary>
    public string Grader(string benchmark) => string.Join(", ", Files
        .Select(f => f.Settings.FirstOrDefault(s => s.Key == $"{benchmark}.grader").Value).OfType<string>().Distinct());

    private EvaluationPart Part(int i, string benchmark, string mode) =>
        Files[i].Parts.First(p => p.Benchmark == benchmark && p.Mode == mode);

    private static EvaluationFile Read(string folder) => EvaluationFile.Read(folder) ?? throw new UserError(
        Directory.Exists(folder)
            ? $"{folder}: not an evaluation (no {EvaluationFile.FileName}); expected a folder that softly evaluate wrote"
            : $"{folder}: there is no such folder; expected one that softly evaluate wrote");
}
