namespace Softly.Runs;

/// <summary>
/// How long the rest takes, judged by the last few steps: a moving average follows answers that grow longer, and forgets
/// the slow first step.
/// </summary>
public sealed class Eta
{
    private readonly Queue<TimeSpan> _recent = new();
    private readonly int _window;
    private TimeSpan _sum;

    /// <summary>
    /// Counts down from <paramref name="totalSteps"/>; <paramref name="done"/> of them were made before (a resumed run).
    /// </summary>
    public Eta(int totalSteps, int done = 0, int window = 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(totalSteps);
        ArgumentOutOfRangeException.ThrowIfNegative(done);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        TotalSteps = totalSteps;
        Done = done;
        _window = window;
    }

    /// <summary>Steps in the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>Steps made so far.</summary>
    public int Done { get; private set; }

    /// <summary>The mean time of the recent steps; null before the first.</summary>
    public TimeSpan? StepTime => _recent.Count == 0 ? null : _sum / _recent.Count;

    /// <summary>Time left; null before the first step, zero at the end.</summary>
    public TimeSpan? Left => StepTime is { } step ? step * Math.Max(0, TotalSteps - Done) : null;

    /// <summary>Counts one more step that took <paramref name="stepTime"/>.</summary>
    public void Step(TimeSpan stepTime)
    {
        Done++;
        _recent.Enqueue(stepTime);
        _sum += stepTime;
        if (_recent.Count > _window) _sum -= _recent.Dequeue();
    }
}
