namespace Softly.Tasks.Mathematics;

/// <summary>What can be said of two values.</summary>
internal enum Finding
{
    /// <summary>They agree to more digits than chance explains, everywhere they were compared.</summary>
    Equal,

    /// <summary>They certainly differ somewhere.</summary>
    Different,

    /// <summary>Neither could be shown.</summary>
    Undecided,
}

/// <summary>
/// Whether two expressions are one, by their values at random points that depend on nothing but the pair. Balls make "different"
/// certain; "equal" wants balls that overlap at 128 and at 256 bits, each known to 25 digits, at three points or more.
/// </summary>
internal sealed class NumericIdentity(Effort effort)
{
    private const int Tries = 10;
    private const int Needed = 3;
    private const double Sharp = 1e-25;

    private static readonly string[] Counting = ["n", "m", "k", "N", "M", "K", "j", "l", "p", "q", "d", "r", "s", "t", "a", "b"];

    private readonly Canon _canon = new(effort);


    /// <summary>Compares two expressions.</summary>
    public Finding Compare(Node a, Node b)
    {
        var seed = Seed(a, b);
        var symbols = Symbols(a, b);
        var whole = NeedsWholeNumbers(a, symbols) || NeedsWholeNumbers(b, symbols);
        var mayBeComplex = a.Has(n => n == Constant.Imaginary) || b.Has(n => n == Constant.Imaginary);
        var points = symbols.Count == 0 && !HasOpaque(a) && !HasOpaque(b) ? 1 : Tries;
        foreach (var precision in new[] { 128, 256 })
        {
            var agreed = 0;
            for (var i = 0; i < points; i++)
            {
                effort.Step(20);
                var evaluator = At(precision, symbols, seed, i, whole);
                var (x, y) = (evaluator.Of(a).Ball, evaluator.Of(b).Ball);
                if (!x.IsFinite || !y.IsFinite)
                {
                    if (precision == 128 && (x.State == BallState.Undecided || y.State == BallState.Undecided)) agreed++; // 256 bits may tell
                    continue;
                }
                if (ComplexBall.Separated(x, y))
                {
                    // roots and logarithms of negative numbers: outside of what a real expression is about
                    if (points > 1 && !mayBeComplex && evaluator.LeftReals) continue;
                    return Finding.Different;
                }
                if (ComplexBall.Overlaps(x, y) && (IsSharp(x) || precision == 128) && (IsSharp(y) || precision == 128)) agreed++;
            }
            if (agreed < (points == 1 ? 1 : Needed)) return Finding.Undecided;
        }
        return Finding.Equal;
    }

    /// <summary>
    /// Whether one expression is a constant times the other, and neither is 0 everywhere: what scaling leaves of an equation.
    /// </summary>
    /// <param name="a">One side, moved to the left.</param>
    /// <param name="b">The other.</param>
    /// <param name="positive">Whether the constant must be above 0.</param>
    public Finding Proportional(Node a, Node b, bool positive)
    {
        // a(p)·b(q) = a(q)·b(p) for the first point q where neither is 0 and all others
        var symbols = Symbols(a, b);
        var seed = Seed(a, b);
        var whole = NeedsWholeNumbers(a, symbols) || NeedsWholeNumbers(b, symbols);
        var agreed = 0;
        foreach (var precision in new[] { 128, 256 })
        {
            var complexes = new Complexes(precision, new Budget(2_000_000));
            (ComplexBall A, ComplexBall B)? anchor = null;
            agreed = 0;
            for (var i = 0; i < (symbols.Count == 0 ? 1 : Tries); i++)
            {
                effort.Step(20);
                var evaluator = At(precision, symbols, seed, i, whole);
                var (x, y) = (evaluator.Of(a).Ball, evaluator.Of(b).Ball);
                if (!x.IsFinite || !y.IsFinite) continue;
                if (x.ContainsZero != y.ContainsZero && (x.IsExactZero || y.IsExactZero)) return Finding.Different;
                if (x.ContainsZero || y.ContainsZero) continue;
                if (anchor is not { } first)
                {
                    anchor = (x, y);
                    if (positive && (!x.IsReal || !y.IsReal || x.Re.IsPositive != y.Re.IsPositive)) return Finding.Different;
                    agreed++;
                    continue;
                }
                var left = complexes.Multiply(x, first.B);
                var right = complexes.Multiply(y, first.A);
                if (ComplexBall.Separated(left, right)) return Finding.Different;
                if (!ComplexBall.Overlaps(left, right) || left.RelativeRadius > Sharp) continue;
                if (positive && x.IsReal && y.IsReal && x.Re.IsPositive != y.Re.IsPositive) return Finding.Different;
                agreed++;
            }
            if (agreed < (symbols.Count == 0 ? 1 : Needed + 1)) return Finding.Undecided;
        }
        return Finding.Equal;
    }

    private static bool IsSharp(ComplexBall z) => z.RelativeRadius < Sharp
        // around 0 there is no relative radius: 0 to 40 digits is 0, if the expression is of ordinary size
        || z.ContainsZero && Math.Max(z.Re.Magnitude, z.Im.Magnitude) < -133;

    private static bool HasOpaque(Node node) => node.Has(n => n is Application or Unevaluated or Series);

    private static SortedSet<string> Symbols(Node a, Node b)
    {
        var symbols = a.Symbols();
        symbols.UnionWith(b.Symbols());
        return symbols;
    }

    private ulong Seed(Node a, Node b)
    {
        var (x, y) = (_canon.Key(a), _canon.Key(b));
        return string.CompareOrdinal(x, y) <= 0 ? StableHash.Of(x + "\n" + y) : StableHash.Of(y + "\n" + x);
    }

    /// <summary>Factorials, sums up to n, powers of -1 and roundings are about whole numbers.</summary>
    private static bool NeedsWholeNumbers(Node node, SortedSet<string> symbols) => symbols.Count > 0 && node.Has(n => n switch
    {
        Call { Function: "factorial" or "doublefactorial" or "binom" or "gcd" or "lcm" } call => call.Symbols().Count > 0,
        Call { Function: "floor" or "ceil" or "mod" } call => call.Symbols() is { Count: > 0 } inside && inside.All(s => Counting.Contains(s)),
        Series series => series.From.Symbols().Count + series.To.Symbols().Count > 0,
        Power { Base: Negative or Number { Value.Sign: < 0 } } power => power.Exponent.Symbols().Count > 0 && power.Base.Symbols().Count == 0,
        _ => false,
    });

    private Evaluator At(int precision, SortedSet<string> symbols, ulong seed, int index, bool whole)
    {
        var point = new Dictionary<string, Rational>(StringComparer.Ordinal);
        foreach (var symbol in symbols) point[symbol] = Coordinate(symbol, seed, index, whole);
        return new Evaluator(precision, point, key => Coordinate(key, seed, index, whole: false), effort);
    }

    /// <summary>
    /// A fraction away from 0 and ±1: above 0 for the first half of the points, of either sign for the others. Where whole numbers
    /// are called for, one from 1 up, larger at every point.
    /// </summary>
    private static Rational Coordinate(string name, ulong seed, int index, bool whole)
    {
        var random = new StableRandom(StableHash.Of(name, seed + (ulong)index * 0x9E37UL));
        if (whole) return random.Next(1 + 2 * index, 4 + 3 * index);
        int[] denominators = [97, 101, 103, 107, 109, 113];
        var below = random.Pick(denominators);
        var large = random.Next(3) > 0;
        var above = large ? random.Next(below + below / 4, 4 * below) : random.Next(below / 5, below - below / 5);
        return Rational.Of(index >= Tries / 2 && random.Next(2) == 0 ? -above : above, below);
    }
}
