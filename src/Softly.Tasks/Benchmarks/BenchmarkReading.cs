namespace Softly.Tasks;

/// <summary>Opens a benchmark's file as a task.</summary>
public static class BenchmarkReading
{
    /// <summary>Reads the file.</summary>
    /// <param name="benchmark">How it is read.</param>
    /// <param name="path">Its file.</param>
    /// <param name="options">
    /// How files are read, who judges, and whatever else is not the benchmark's: columns, a suffix or a system turn that are
    /// given win.
    /// </param>
    /// <param name="split">
    /// The records that are asked, by their column <c>split</c>; null for the benchmark's own, <c>all</c> for all.
    /// </param>
    /// <exception cref="DatasetException">The file is missing, empty or malformed, or the columns are not there.</exception>
    public static JsonLinesTask Open(Benchmark benchmark, string path, JsonLinesOptions options, string? split = null)
    {
        using var records = options.Read(path).GetEnumerator();
        if (!records.MoveNext()) throw new DatasetException($"{path}: the benchmark {benchmark.Name} is empty");
        var splits = RecordLayout.Find(records.Current.Record, "split") is not null;
        if (!splits && split is not (null or "all"))
            throw new DatasetException($"{path}: the records have no column split, so none of them are '{split}': "
                + "leave --split out");
        return JsonLinesTask.Open(options with
        {
            Name = benchmark.Name,
            Path = null,
            TestPath = path,
            Records = benchmark.IsOfPrograms
                ? file => options.Read(file).Select(r => (r.Line, ProgramColumns.Of(r.Record)))
                : options.Records,
            PromptColumn = options.PromptColumn ?? (benchmark.IsOfPrograms ? ProgramColumns.Problem : null),
            AnswerColumn = options.AnswerColumn ?? (benchmark.IsOfPrograms ? ProgramColumns.Answer : null),
            Grader = options.Grader ?? benchmark.Grader,
            Conversation = options.Conversation ?? true,
            Ask = options.PromptSuffix is null ? benchmark.Prompt.Of : null,
            Split = splits && (split ?? benchmark.Split) is { } part and not "all" ? part : null,
            GuessChance = benchmark.GuessChance,
            CompletionLength = benchmark.CompletionLength,
        });
    }
}
