namespace Softly.Runs;

/// <summary>
/// An evaluation's folder while it is written: <c>evaluation.json</c>, <c>problems/</c>, <c>samples/</c>. One process at a time.
/// The same evaluation goes on in it; another one is refused.
/// </summary>
public sealed class EvaluationFolder : IDisposable
{
    private readonly RunLock _lock;

    private EvaluationFolder(string path, EvaluationFile file, bool continues, RunLock held) =>
        (Path, File, Continues, _lock) = (path, file, continues, held);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>What decides its numbers.</summary>
    public EvaluationFile File { get; }

    /// <summary>Whether the evaluation had begun before.</summary>
    public bool Continues { get; }

    /// <summary>Begins an evaluation in a folder, or goes on with the same one.</summary>
    /// <param name="path">The folder; it is made.</param>
    /// <param name="wanted">The evaluation.</param>
    /// <param name="problems">The problems of each benchmark, by name.</param>
    /// <exception cref="RunFolderException">The folder holds something else, or another process writes it.</exception>
    public static EvaluationFolder Open(
        string path, EvaluationFile wanted, IReadOnlyDictionary<string, IReadOnlyList<AskedProblem>> problems)
    {
        if (wanted.Parts.GroupBy(p => p.Samples).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"two parts of the evaluation would be written to {twice.Key}: rename one of the sets");
        Refuse(path, wanted);
        Directory.CreateDirectory(path);
        var held = RunLock.Take(path);
        try
        {
            var begun = EvaluationFile.Read(path);
            if (begun is null) wanted.Write(path);
            foreach (var part in wanted.Parts)
                if (System.IO.Path.Combine(path, part.Questions) is var file && !System.IO.File.Exists(file))
                    AskedProblem.WriteAll(file, problems[part.Benchmark]);
            return new EvaluationFolder(path, begun ?? wanted, begun is not null, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a folder that holds something other than this evaluation, before any time is spent.</summary>
    /// <exception cref="RunFolderException">It does; the key that differs is named.</exception>
    public static void Refuse(string path, EvaluationFile wanted)
    {
        if (!Directory.Exists(path)) return;
        if (EvaluationFile.Read(path) is { } begun)
        {
            if (begun.Difference(wanted) is not var (key, there, asked)) return;
            throw new RunFolderException(
                $"{path} holds an evaluation with {key} {there ?? "(none)"}, and {asked ?? "none"} is asked for now: choose another folder (--out), or ask as it was begun");
        }
        if (Directory.EnumerateFileSystemEntries(path).Select(f => System.IO.Path.GetFileName(f)).FirstOrDefault(f =>
                f != RunLock.FileName && !f.EndsWith(WholeFile.Unfinished, StringComparison.Ordinal)) is { } other)
            throw new RunFolderException($"{path} is no evaluation and not empty ({other}): choose another folder (--out)");
    }

    /// <summary>The answers of a part, to be gone on with.</summary>
    public SampleLog OpenSamples(EvaluationPart part) => new(
        System.IO.Path.Combine(Path, part.Samples), File.Piece * File.Samples, part.Problems * File.Samples);

    /// <inheritdoc />
    public void Dispose() => _lock.Dispose();
}
