namespace Softly.Runs;

/// <summary>
/// <c>metrics.jsonl</c>: one object a line with <c>step</c>, <c>wall_seconds</c> and the metrics by name. A number that is
/// not finite is written as null and its name listed under <c>nonfinite</c>. Each line is handed to the system before
/// <see cref="Append"/> returns; what fails to be written whole is taken back and the <see cref="IOException"/> travels on.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    private readonly AppendFile _file;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly double _wallBefore;
    private readonly List<MetricsEntry> _entries = [];

    /// <summary>Opens the file, or creates it. What is there is kept, but for a torn last line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="resumeAt">The step a run resumes after: lines of later steps are dropped. Null keeps all.</param>
    /// <param name="time">The clock behind <c>wall_seconds</c>; the system's where null.</param>
    /// <exception cref="InvalidDataException">A line other than the last is damaged, or steps go down.</exception>
    public MetricsLog(string path, int? resumeAt = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _started = _time.GetTimestamp();
        var keep = 0L;
        if (File.Exists(path))
        {
            foreach (var line in JsonLines.Read(path))
            {
                var entry = MetricsEntry.Parse(path, line);
                if (_entries is [.., var last] && entry.Step < last.Step)
                    throw JsonLines.Error(
                        path, line.Number, $"step {entry.Step} comes after step {last.Step}; lines must be in order");
                if (entry.Step > resumeAt) break;
                _entries.Add(entry);
                keep = line.End;
            }
        }
        _wallBefore = _entries.Where(e => double.IsFinite(e.WallSeconds)).Select(e => e.WallSeconds).DefaultIfEmpty(0).Last();
        _file = new AppendFile(path, keep);
    }

    /// <summary>All lines so far, those of before a resumption included.</summary>
    public IReadOnlyList<MetricsEntry> Entries => _entries;

    /// <summary>Seconds the run has been working, those of before a resumption included.</summary>
    public double WallSeconds => _wallBefore + _time.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Adds a line. A step may have several lines (training, then evaluation), but steps never go down.</summary>
    public MetricsEntry Append(int step, IEnumerable<KeyValuePair<string, double>> metrics)
    {
        if (_entries is [.., var last] && step < last.Step)
            throw new ArgumentOutOfRangeException(
                nameof(step), step, $"step {last.Step} was logged already; steps never go down");
        var named = new OrderedDictionary<string, double>();
        foreach (var (name, value) in metrics)
        {
            if (MetricsEntry.IsReserved(name))
                throw new ArgumentException($"'{name}' is written by the log itself; choose another name", nameof(metrics));
            if (!named.TryAdd(name, value)) throw new ArgumentException($"'{name}' is given twice", nameof(metrics));
        }
        var entry = new MetricsEntry(step, Math.Round(WallSeconds, 3), named);
        _file.Append(JsonLines.Line(entry.Write));
        _entries.Add(entry);
        return entry;
    }

    /// <summary>The lines of a file, also of one that is being written; none where it does not exist.</summary>
    public static IReadOnlyList<MetricsEntry> Read(string path) =>
        File.Exists(path) ? [.. JsonLines.Read(path).Select(line => MetricsEntry.Parse(path, line))] : [];

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
