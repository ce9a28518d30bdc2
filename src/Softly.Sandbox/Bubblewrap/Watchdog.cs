namespace Softly.Sandbox.Bubblewrap;

/// <summary>
/// Ends what is over its time, from a thread of its own: timers of the thread pool could wait behind work that waits for them.
/// </summary>
internal static class Watchdog
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private static readonly Lock Lock = new();
    private static readonly HashSet<Watched> All = [];
    private static bool _runs;

    /// <summary>Calls something once a deadline is over, unless the result is disposed of before.</summary>
    public static IDisposable Watch(Deadline deadline, Action over)
    {
        var watched = new Watched(deadline, over);
        lock (Lock)
        {
            All.Add(watched);
            if (_runs) return watched;
            _runs = true;
        }
        new Thread(Run, 256 << 10) { IsBackground = true, Name = "sandbox watchdog" }.Start();
        return watched;
    }

    private static void Run()
    {
        while (true)
        {
            Thread.Sleep(Tick);
            Watched[] over;
            lock (Lock)
            {
                if (All.Count == 0)
                {
                    _runs = false;
                    return;
                }
                over = [.. All.Where(w => w.Deadline.IsOver)];
                All.ExceptWith(over);
            }
            foreach (var watched in over) watched.Over();
        }
    }

    private sealed class Watched(Deadline deadline, Action over) : IDisposable
    {
        public Deadline Deadline => deadline;

        public void Over() => over();

        public void Dispose()
        {
            lock (Lock) All.Remove(this);
        }
    }
}
