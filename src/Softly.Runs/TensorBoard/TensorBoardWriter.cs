using System.Globalization;

namespace Softly.Runs;

/// <summary>
/// Scalars as TensorBoard reads them: a file <c>events.out.tfevents.…</c> of framed <c>Event</c> messages, a
/// <c>file_version</c> first. Each call is handed to the system before it returns.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    private static int s_files;
    private readonly AppendFile _file;
    private readonly TimeProvider _time;

    /// <summary>
    /// Begins a new event file in <paramref name="folder"/>; a run that resumes writes one more beside the former.
    /// </summary>
    /// <param name="folder">The folder, see <see cref="RunFolder.EventsPath"/>.</param>
    /// <param name="resumeAt">
    /// The step a run resumes after: tells TensorBoard to drop what former files say of later steps.
    /// </param>
    /// <param name="time">The clock behind the events' times; the system's where null.</param>
    public TensorBoardWriter(string folder, int? resumeAt = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        // Process and count keep two files of the same second apart; tools look for "tfevents" and sort by the second.
        var host = string.Concat(Environment.MachineName.Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_'));
        var second = _time.GetUtcNow().ToUnixTimeSeconds().ToString("0000000000", CultureInfo.InvariantCulture);
        var name = $"events.out.tfevents.{second}.{host}.{Environment.ProcessId}.{Interlocked.Increment(ref s_files) - 1}";
        Path = System.IO.Path.Combine(folder, name);
        _file = new AppendFile(Path, keep: 0);
        _file.Append(EventRecord.Frame(EventRecord.FileVersion(Now)));
        if (resumeAt is { } step) _file.Append(EventRecord.Frame(EventRecord.SessionStart(Now, step + 1L)));
    }

    /// <summary>The event file.</summary>
    public string Path { get; }

    /// <summary>Writes one event that holds all numbers of a step; they are kept as 32-bit floats.</summary>
    public void Scalars(long step, IEnumerable<KeyValuePair<string, double>> values) =>
        _file.Append(EventRecord.Frame(EventRecord.Scalars(Now, step, values)));

    /// <summary>Writes one number.</summary>
    public void Scalar(long step, string tag, double value) => Scalars(step, [new(tag, value)]);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private double Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
}
