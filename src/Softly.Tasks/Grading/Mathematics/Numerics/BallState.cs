namespace Softly.Tasks.Mathematics;

/// <summary>Whether a ball holds a number, and if not, why. Of two reasons the higher one is reported.</summary>
public enum BallState
{
    /// <summary>The true value lies within the radius.</summary>
    Finite,

    /// <summary>The argument touches a point where the function is undefined or jumps; more bits may tell.</summary>
    Undecided,

    /// <summary>The value is too large or too small to be worth computing, or the budget is spent.</summary>
    OverBudget,

    /// <summary>There is no value: a division by 0, the logarithm of 0.</summary>
    Undefined,
}
