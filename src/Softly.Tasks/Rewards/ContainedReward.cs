using System.Diagnostics;

namespace Softly.Tasks;

/// <summary>
/// A reward whose mistakes stay its own: what it throws is a failure, and somebody else's may take only so long. A call that
/// takes longer is left behind on its thread, which ends when the call does; calls are counted, and a reward that hangs again
/// and again is an error. May be asked from several threads.
/// </summary>
/// <remarks>
/// The rest runs in this process and is not contained: a reward can fill the memory, overflow the stack or end the process.
/// </remarks>
/// <param name="reward">What is asked.</param>
/// <param name="limit">
/// How long one call may take; null for a reward that is known to end, which runs on the caller's thread.
/// </param>
/// <param name="most">Calls in a row that may take longer, and calls left behind that may still run.</param>
public sealed class ContainedReward(IReward reward, TimeSpan? limit = null, int most = 16) : IDisposable
{
    private readonly Stack<Worker> _idle = [];
    private readonly Lock _lock = new();
    private int _inARow, _leftBehind;

    /// <summary>What is asked.</summary>
    public IReward Reward => reward;

    /// <summary>Asks it.</summary>
    /// <param name="context">Of what.</param>
    /// <param name="cancel">Stops waiting; the call is left behind.</param>
    /// <exception cref="RewardException">It hangs in call after call.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public RewardScore Score(RewardContext context, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        if (limit is null) return Ask(reward, context);
        var call = new Call(this, context);
        var worker = Take();
        worker.Ask(call);
        bool ended;
        try
        {
            call.Wait(limit.Value, cancel);
        }
        finally
        {
            Interlocked.Increment(ref _leftBehind);
            ended = !call.Leave();
            if (ended)
            {
                Interlocked.Decrement(ref _leftBehind);
                lock (_lock) _idle.Push(worker);
            }
        }
        if (ended)
        {
            Interlocked.Exchange(ref _inARow, 0);
            return call.Result;
        }
        var after = $"{limit.Value.TotalSeconds:0.###} s";
        const string Remedy = "Mend the reward, or give it more time (reward_time_limit)";
        var row = Interlocked.Increment(ref _inARow);
        if (row >= most)
            throw new RewardException($"reward {reward.Name}: {row} calls in a row took more than {after} each. {Remedy}");
        if (Volatile.Read(ref _leftBehind) is var running && running >= most)
            throw new RewardException(
                $"reward {reward.Name}: {running} calls have been left behind after {after} and are still running. {Remedy}");
        return new RewardScore(double.NaN, RewardOutcome.Timeout, $"it took more than {after}");
    }

    /// <summary>Ends the threads that wait for calls; those left behind end with theirs.</summary>
    public void Dispose()
    {
        lock (_lock)
            while (_idle.TryPop(out var worker)) worker.Ask(null);
    }

    private static RewardScore Ask(IReward reward, RewardContext context)
    {
        try
        {
            return RewardScore.Of(reward.Score(context));
        }
        catch (VerifierFailedException e)
        {
            return RewardScore.Failed(e.Message);
        }
        catch (Exception e)
        {
            return RewardScore.Failed($"{e.GetType().Name}: {e.Message}");
        }
    }

    private Worker Take()
    {
        lock (_lock)
            if (_idle.TryPop(out var worker)) return worker;
        return new Worker($"reward {reward.Name}");
    }

    /// <summary>One question, on its way between two threads.</summary>
    private sealed class Call(ContainedReward owner, RewardContext context)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _begun;
        private int _state; // 0 running, 1 ended, 2 left behind

        public RewardScore Result { get; private set; }

        /// <summary>
        /// Runs it on the worker's thread. False where nobody waits for it any more: the thread is then not needed.
        /// </summary>
        public bool Run()
        {
            Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
            Result = Ask(owner.Reward, context);
            if (Interlocked.CompareExchange(ref _state, 1, 0) != 0)
            {
                Interlocked.Decrement(ref owner._leftBehind);
                return false;
            }
            _ended.SetResult();
            return true;
        }

        /// <summary>
        /// Waits for the end, as long as the call may take from when the thread began with it, not from when it was asked to.
        /// </summary>
        public void Wait(TimeSpan limit, CancellationToken cancel)
        {
            for (var left = limit; left > TimeSpan.Zero;)
            {
                if (_ended.Task.Wait(left, cancel)) return;
                var begun = Volatile.Read(ref _begun);
                left = begun == 0 ? limit : limit - Stopwatch.GetElapsedTime(begun);
            }
        }

        /// <summary>Nobody waits any longer. False where it has ended, and there is a result.</summary>
        public bool Leave() => Interlocked.CompareExchange(ref _state, 2, 0) == 0;
    }

    /// <summary>A thread that answers one call after another.</summary>
    private sealed class Worker
    {
        private readonly Queue<Call?> _asked = [];

        public Worker(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

        /// <summary>A call, or null to end.</summary>
        public void Ask(Call? call)
        {
            lock (_asked)
            {
                _asked.Enqueue(call);
                Monitor.Pulse(_asked);
            }
        }

        private void Run()
        {
            while (Next() is { } call && call.Run()) { }
        }

        private Call? Next()
        {
            lock (_asked)
            {
                while (_asked.Count == 0) Monitor.Wait(_asked);
                return _asked.Dequeue();
            }
        }
    }
}
