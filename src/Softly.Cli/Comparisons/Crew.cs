using System.Collections.Concurrent;
using System.Diagnostics;
using Softly.Runs;

namespace Softly.Cli.Comparisons;

/// <summary>A piece of work that one thread does.</summary>
/// <param name="name">As progress shows it.</param>
/// <param name="planned">Seconds it will take, as far as known before.</param>
/// <param name="work">Does it; told itself, so that it can say how far it is.</param>
internal sealed class Job(string name, double planned, Action<Job> work)
{
    private long _share;

    public string Name { get; } = name;
    public double Planned { get; } = planned;
    public Action<Job> Work { get; } = work;

    /// <summary>How far along, for the reader: <c>120/300</c>.</summary>
    public string At { get; set; } = "";

    /// <summary>The share done, 0 to 1.</summary>
    public double Share
    {
        get => BitConverter.Int64BitsToDouble(Interlocked.Read(ref _share));
        set => Interlocked.Exchange(ref _share, BitConverter.DoubleToInt64Bits(value));
    }
}

/// <summary>
/// Threads that work through jobs side by side, each job on one thread, and an estimate of what is left of all jobs known. The
/// first fault stops the others where nothing is lost.
/// </summary>
/// <param name="size">Threads.</param>
/// <param name="reporter">Told how far they are.</param>
/// <param name="stop">Asked for by Ctrl-C.</param>
internal sealed class Crew(int size, Reporter reporter, CancellationToken stop) : IDisposable
{
    private const int Columns = 100;

    private readonly CancellationTokenSource _halt = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly List<Job> _known = [];
    private readonly Lock _lock = new();
    private double _worked, _workedAsPlanned;

    /// <summary>What jobs watch: Ctrl-C, or another job's fault.</summary>
    public CancellationToken Halt => _halt.Token;

    /// <summary>Jobs to come, for the estimate; <see cref="Run"/> takes them up.</summary>
    public void Plan(IEnumerable<Job> jobs) => _known.AddRange(jobs);

    /// <summary>Time that all jobs known have left; plans are corrected by how long the finished ones took.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_lock)
            {
                var pace = _workedAsPlanned > 0 ? _worked / _workedAsPlanned : 1;
                return TimeSpan.FromSeconds(pace * _known.Sum(j => j.Planned * (1 - j.Share)) / size);
            }
        }
    }

    /// <summary>Does all of these, the longest first. Returns when every thread has ended.</summary>
    /// <exception cref="AggregateException">Jobs failed; a stop asked for is no failure.</exception>
    public void Run(string phase, IReadOnlyList<Job> jobs)
    {
        var queue = new ConcurrentQueue<Job>(jobs.OrderByDescending(j => j.Planned));
        var faults = new List<Exception>();
        var running = new List<Job>();
        var threads = Enumerable.Range(0, Math.Min(size, jobs.Count)).Select(_ => new Thread(() =>
        {
            while (!_halt.IsCancellationRequested && queue.TryDequeue(out var job))
            {
                lock (_lock) running.Add(job);
                var clock = Stopwatch.StartNew();
                try
                {
                    job.Work(job);
                    if (_halt.IsCancellationRequested) return;
                    lock (_lock)
                    {
                        (_worked, _workedAsPlanned) = (_worked + clock.Elapsed.TotalSeconds, _workedAsPlanned + job.Planned);
                        job.Share = 1;
                    }
                    reporter.Record(new { phase, done = job.Name, seconds = clock.Elapsed.TotalSeconds });
                }
                catch (OperationCanceledException) when (_halt.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    lock (_lock) faults.Add(e);
                    _halt.Cancel();
                }
                finally
                {
                    lock (_lock) running.Remove(job);
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        while (threads.Exists(t => !t.Join(500)))
        {
            string[] now;
            lock (_lock) now = [.. running.Select(j => j.At.Length > 0 ? $"{j.Name} {j.At}" : j.Name)];
            var line = $"{phase} {jobs.Count(j => j.Share == 1)}/{jobs.Count} · {HumanTime.Format(Left)} left · "
                + string.Join(" · ", now);
            reporter.Progress(line.Length > Columns ? line[..(Columns - 1)] + "…" : line);
        }
        if (faults.Count > 0) throw new AggregateException(faults);
    }

    public void Dispose() => _halt.Dispose();
}
