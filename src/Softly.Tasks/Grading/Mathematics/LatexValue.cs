namespace Softly.Tasks.Mathematics;

/// <summary>The value of a formula at a point: what checks the reading of LaTeX against known numbers.</summary>
public static class LatexValue
{
    /// <summary>
    /// The value with its error bound; no finite ball, and the reason, where the formula cannot be read or has no value there.
    /// </summary>
    /// <param name="latex">The formula; <c>e</c>, <c>\pi</c> and <c>i</c> are constants unless assigned.</param>
    /// <param name="point">What letters stand for; others are an arbitrary number, 7/3.</param>
    /// <param name="reason">Why there is none; null where there is one.</param>
    /// <param name="bits">The precision.</param>
    public static ComplexBall At(
        string latex, IReadOnlyDictionary<string, Rational> point, out string? reason, int bits = 128)
    {
        var none = ComplexBall.Without(BallState.Undefined);
        try
        {
            var effort = new Effort();
            var node = Parser.Read(Spelling.Clean(latex), true, new MathOptions(), effort);
            var value = new Evaluator(bits, point, _ => Rational.Of(7, 3), effort).Of(node).Ball;
            reason = value.IsFinite ? null : $"'{node}' is {value.State} there";
            return value;
        }
        catch (Exception e) when (e is UnreadableException or OverBudgetException)
        {
            reason = e.Message;
            return none;
        }
    }
}
