namespace Softly.Runs;

/// <summary>
/// The answers of one part of an evaluation, a line each, problem after problem, n answers a problem. They are added in pieces,
/// each in a single write; a piece that is not whole, because the process was killed, is taken back when the log is opened
/// again, so that an evaluation that was interrupted goes on where a whole piece ends.
/// </summary>
public sealed class SampleLog : IDisposable
{
    private readonly AppendFile _file;

    /// <summary>Opens the log, or creates it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="piece">Answers of a whole piece.</param>
    /// <param name="total">Answers of a whole log; the last piece may be smaller.</param>
    /// <exception cref="InvalidDataException">The file is no log of samples, or has more of them than were asked for.</exception>
    public SampleLog(string path, int piece, int total)
    {
        var lines = File.Exists(path) ? [.. JsonLines.Read(path)] : new List<JsonLine>();
        if (lines.Count > total)
            throw new InvalidDataException($"{path}: holds {lines.Count} answers, {total} were asked for; "
                + "it belongs to another evaluation: name another folder");
        var whole = lines.Count == total ? total : lines.Count / piece * piece;
        Samples = [.. lines.Take(whole).Select(line => SampleRecord.Parse(path, line))];
        _file = new AppendFile(path, whole == 0 ? 0 : lines[whole - 1].End);
    }

    /// <summary>The answers that were there when the log was opened, in order.</summary>
    public IReadOnlyList<SampleRecord> Samples { get; }

    /// <summary>Adds a piece, all of it or none.</summary>
    public void Append(IEnumerable<SampleRecord> samples) =>
        _file.Append([.. samples.SelectMany(s => JsonLines.Line(s.Write))]);

    /// <summary>All whole lines of a log, also while it grows.</summary>
    /// <exception cref="InvalidDataException">A line is no sample; file, line and field are named.</exception>
    public static IReadOnlyList<SampleRecord> Read(string path) =>
        [.. JsonLines.Read(path).Select(line => SampleRecord.Parse(path, line))];

    /// <summary>How many whole lines a log has.</summary>
    public static int Count(string path) => JsonLines.Read(path).Count();

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}
