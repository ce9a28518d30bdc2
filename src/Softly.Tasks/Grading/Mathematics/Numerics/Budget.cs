namespace Softly.Tasks.Mathematics;

/// <summary>
/// How much work an evaluation may do. It is asked before every costly step; when it is spent, results say so in their state and
/// nothing is thrown. Counting work instead of time makes a verdict the same on every machine; a token can end it besides.
/// </summary>
/// <param name="work">Units of work; one is about a multiplication at 256 bits. None: without bound.</param>
/// <param name="cancel">Ends the work at the next question.</param>
public sealed class Budget(long work = long.MaxValue, CancellationToken cancel = default)
{
    private long _left = work;

    /// <summary>Whether nothing is left.</summary>
    public bool IsSpent => _left <= 0 || cancel.IsCancellationRequested;

    /// <summary>Takes some units.</summary>
    /// <returns>Whether they were there; false from then on.</returns>
    public bool Spend(long units)
    {
        if (IsSpent) return false;
        _left = units < _left ? _left - units : 0;
        return _left > 0;
    }
}
