using System.Diagnostics;

namespace Softly.Tasks.Mathematics;

/// <summary>An answer that cannot be read as mathematics; the message says why.</summary>
internal sealed class UnreadableException(string reason) : Exception(reason);

/// <summary>Reading or comparing took more than its budget. It never leaves this folder.</summary>
internal sealed class OverBudgetException(string what) : Exception(what);

/// <summary>
/// What one comparison may cost: steps, which are the same on every machine, and half a second besides for what steps do not see.
/// </summary>
internal sealed class Effort
{
    /// <summary>How deep an answer may be nested; a pair of brackets counts five or six times.</summary>
    public const int MaxDepth = 400;

    /// <summary>How long an answer may be, in characters.</summary>
    public const int MaxLength = 4096;

    /// <summary>How many bits a number may have that is worked out exactly.</summary>
    public const int MaxBits = 1 << 15;

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _steps = 400_000;
    private long _nextLook = 400_000;

    /// <summary>How long it has taken so far.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Whether time is up.</summary>
    public bool IsOver => _steps < 0 || Elapsed.TotalSeconds > 0.5;

    /// <summary>Takes a step of some weight.</summary>
    /// <exception cref="OverBudgetException">Nothing is left.</exception>
    public void Step(int weight = 1)
    {
        _steps -= weight;
        if (_steps >= 0 && _steps > _nextLook - 200) return;
        _nextLook = _steps;
        if (IsOver) throw new OverBudgetException("the answer takes too long to work out");
    }

    /// <summary>Refuses nesting beyond the bound.</summary>
    /// <exception cref="OverBudgetException">It is deeper.</exception>
    public static void Depth(int depth)
    {
        if (depth > MaxDepth) throw new OverBudgetException("the answer is nested too deeply");
    }
}
