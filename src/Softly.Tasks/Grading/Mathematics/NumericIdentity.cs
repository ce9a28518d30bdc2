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
/// Whether two expressions are one, by their values at points that depend on the pair alone. Balls make "different" certain;
/// "equal" is strong evidence and no proof: balls that overlap at 128, 256 and at 4000 bits (1024 where there are letters), known
/// to 25 digits, none of which has swallowed a term, at three points or more where there are letters.
/// </summary>
internal sealed class NumericIdentity(Effort effort)
{
    private const int Needed = 3;
    private const double Sharp = 1e-25;

    /// <summary>Letters that are taken for whole numbers inside of roundings.</summary>
    private static readonly string[] Counting = ["n", "m", "k", "N", "M", "K", "j", "l", "p", "q", "d", "r", "s", "t", "a", "b"];

    /// <summary>Letters that a given answer may make whole by itself; for others the reference must say it.</summary>
    private static readonly string[] Indices = ["n", "m", "k", "N", "M", "K", "j", "l"];

    private readonly Canon _canon = new(effort);

    /// <summary>Compares two expressions.</summary>
    /// <param name="a">The reference; it may say which letters are whole.</param>
    /// <param name="b">The given one.</param>
    public Finding Compare(Node a, Node b)
    {
        if (DifferByOneTerm(a, b)) return Finding.Different;
        var points = new Points(Free(a, b), Seed(a, b), Whole(a, b));
        var mayBeComplex = a.Has(n => n == Constant.Imaginary) || b.Has(n => n == Constant.Imaginary);
        var single = points.Letters.Count == 0 && !HasOpaque(a) && !HasOpaque(b);
        var count = single ? 1 : Points.Count;
        var trusted = new bool[count];
        foreach (var precision in Precisions(single))
        {
            var (first, last) = (precision == 128, precision > 256);
            var agreed = 0;
            for (var i = 0; i < count && (!last || agreed < Needed); i++)
            {
                effort.Step(20);
                var evaluator = At(precision, points, i);
                var (x, y) = (evaluator.Of(a).Ball, evaluator.Of(b).Ball);
                if (!x.IsFinite || !y.IsFinite)
                {
                    // more bits may tell, or be too dear: then what fewer have told stands
                    var state = x.State > y.State ? x.State : y.State;
                    if (state == BallState.Undecided && first || state == BallState.OverBudget && last && trusted[i]) agreed++;
                    continue;
                }
                if (ComplexBall.Separated(x, y))
                {
                    // roots and logarithms of negative numbers: outside of what a real expression is about
                    if (count > 1 && !mayBeComplex && evaluator.LeftReals) continue;
                    return Finding.Different;
                }
                if (!ComplexBall.Overlaps(x, y) || !first && !(IsSharp(x) && IsSharp(y))) continue;
                trusted[i] = !evaluator.Absorbed;
                if (!last || trusted[i]) agreed++;
            }
            if (agreed < (count == 1 ? 1 : Needed)) return Finding.Undecided;
        }
        return Finding.Equal;
    }

    /// <summary>
    /// Whether one expression is a constant times the other, and neither is 0 everywhere: what scaling leaves of an equation.
    /// Of constants nothing can be said so: any is a multiple of any.
    /// </summary>
    /// <param name="a">One side, moved to the left.</param>
    /// <param name="b">The other.</param>
    /// <param name="positive">Whether the constant must be above 0.</param>
    public Finding Proportional(Node a, Node b, bool positive)
    {
        // a(p)·b(q) = a(q)·b(p) for the first point q where neither is 0 and all others
        var points = new Points(Free(a, b), Seed(a, b), Whole(a, b));
        if (points.Letters.Count == 0 && !HasOpaque(a) && !HasOpaque(b)) return Finding.Undecided;
        foreach (var precision in Precisions(single: false))
        {
            var complexes = new Complexes(precision, new Budget(2_000_000));
            (ComplexBall A, ComplexBall B)? anchor = null;
            var agreed = 0;
            for (var i = 0; i < Points.Count && (precision <= 256 || agreed <= Needed); i++)
            {
                effort.Step(20);
                var evaluator = At(precision, points, i);
                var (x, y) = (evaluator.Of(a).Ball, evaluator.Of(b).Ball);
                if (!x.IsFinite || !y.IsFinite) continue;
                if (x.ContainsZero != y.ContainsZero && (x.IsExactZero || y.IsExactZero)) return Finding.Different;
                if (x.ContainsZero || y.ContainsZero || precision > 256 && evaluator.Absorbed) continue;
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
            if (agreed <= Needed) return Finding.Undecided;
        }
        return Finding.Equal;
    }

    /// <summary>Whether an expression has a name in it that stands for a number nobody knows, such as f(2).</summary>
    public static bool HasOpaque(Node node) =>
        node.Has(n => n is Application or Unevaluated or Series { To: Constant { Name: Constant.InfinityName } });

    /// <summary>The letters of expressions that are no running index of a sum.</summary>
    public static SortedSet<string> Free(params Node[] nodes)
    {
        var letters = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            switch (node)
            {
                case Symbol symbol:
                    letters.Add(symbol.Name);
                    break;
                case Series series:
                    var body = Free(series.Body);
                    if (!HasOpaque(series)) body.Remove(series.Variable);
                    letters.UnionWith(body);
                    letters.UnionWith(Free(series.From, series.To));
                    break;
                default:
                    letters.UnionWith(Free([.. node.Parts]));
                    break;
            }
        }
        return letters;
    }

    private static int[] Precisions(bool single) => [128, 256, single ? 4000 : 1024];

    private static bool IsSharp(ComplexBall z) => z.RelativeRadius < Sharp
        // around 0 there is no relative radius: 0 to 40 digits is 0, if the expression is of ordinary size
        || z.ContainsZero && Math.Max(z.Re.Magnitude, z.Im.Magnitude) < -133;

    /// <summary>Whether the canonical forms differ by one product of numbers, roots and letters, which is not 0.</summary>
    private bool DifferByOneTerm(Node a, Node b)
    {
        if (_canon.Of(a) is not { } x || _canon.Of(b) is not { } y) return false;
        var gap = x.Plus(y.Times(-1));
        return gap.Count == 1 && gap.Terms.First().Monomial.Factors.All(f => !f.Atom.Contains('('));
    }

    private ulong Seed(Node a, Node b)
    {
        var (x, y) = (_canon.Key(a), _canon.Key(b));
        return string.CompareOrdinal(x, y) <= 0 ? StableHash.Of(x + "\n" + y) : StableHash.Of(y + "\n" + x);
    }

    /// <summary>
    /// The letters that stand for whole numbers: in factorials, bounds of sums, roundings and powers of what is not positive;
    /// true for those that must stay small besides, for what they stand in grows fast.
    /// </summary>
    private static Dictionary<string, bool> Whole(Node reference, Node given)
    {
        var whole = new Dictionary<string, bool>(StringComparer.Ordinal);
        var growing = new HashSet<string>(StringComparer.Ordinal);
        var mayDecide = true;
        Visit(reference);
        mayDecide = false;
        Visit(given);
        foreach (var name in growing) if (whole.ContainsKey(name)) whole[name] = true;
        return whole;

        void Add(Node node, bool small)
        {
            foreach (var name in node.Symbols())
                if (whole.ContainsKey(name) || mayDecide || Indices.Contains(name))
                    whole[name] = small || whole.TryGetValue(name, out var known) && known;
        }

        void Visit(Node node)
        {
            switch (node)
            {
                case Call { Function: "factorial" or "doublefactorial" }:
                    Add(node, small: true);
                    break;
                case Call { Function: "binom", Arguments: [var of, var few] }:
                    Add(of, small: false);
                    Add(few, small: true);
                    break;
                case Call { Function: "gcd" or "lcm" }:
                    Add(node, small: false);
                    break;
                case Call { Function: "floor" or "ceil" or "mod" } when node.Symbols().All(s => Counting.Contains(s)):
                    Add(node, small: false);
                    break;
                case Series series:
                    Add(series.From, small: true);
                    Add(series.To, small: true);
                    break;
                case Power { Base: Negative or Sum or Quotient or Constant { Name: "i" } or Number { Value.Sign: < 0 } } power
                    when power.Base.Symbols().Count == 0:
                    Add(power.Exponent, small: true);
                    break;
            }
            if (node is Power { Exponent: var exponent }) growing.UnionWith(exponent.Symbols());
            foreach (var part in node.Parts) Visit(part);
        }
    }

    private Evaluator At(int precision, Points points, int index) =>
        new(precision, points.At(index), name => points.OfName(name, index), effort);

    /// <summary>Where two expressions are compared.</summary>
    private sealed class Points(SortedSet<string> letters, ulong seed, Dictionary<string, bool> whole)
    {
        /// <summary>How many there are.</summary>
        public const int Count = 12;

        private static readonly int[] Denominators = [97, 101, 103, 107, 109, 113];
        private static readonly int[] Sizes = [10, 1_000, 1_000_000];

        public SortedSet<string> Letters => letters;

        public Dictionary<string, Rational> At(int index)
        {
            var point = new Dictionary<string, Rational>(StringComparer.Ordinal);
            var rank = 0;
            foreach (var name in letters)
            {
                point[name] = whole.TryGetValue(name, out var small) ? WholeNumber(name, index, rank, small)
                    : Fraction(name, index, rank);
                rank++;
            }
            return point;
        }

        public Rational OfName(string name, int index) => Fraction(name, index, (int)(StableHash.Of(name) % 8));

        /// <summary>
        /// A fraction away from 0 and ±1. Points 2 to 4 and 8, 9 are large, of another size for each letter. From 5 on there are
        /// negative ones: 5 has all of them, and 6 to 10 have patterns by which any of eight letters is told from any other.
        /// </summary>
        private Rational Fraction(string name, int index, int rank)
        {
            var random = Random(name, index);
            var below = random.Pick(Denominators);
            var above = index is 2 or 3 or 4 or 8 or 9
                ? Size(index, rank) * below + random.Next(1, below - 1) + random.Next(0, Size(index, rank) / 2) * below
                : random.Next(3) > 0 ? random.Next(below + below / 4, 4 * below) : random.Next(below / 5, below - below / 5);
            var negative = index switch
            {
                < 5 => false,
                5 => true,
                6 or 7 => rank % 2 == index % 2,
                8 or 9 => rank / 2 % 2 == index % 2,
                10 => rank / 4 % 2 == 0,
                _ => random.Next(2) == 0,
            };
            return Rational.Of(negative ? -above : above, below);
        }

        /// <summary>A whole number, larger from point to point; 0 and large ones too where that can be worked out.</summary>
        private Rational WholeNumber(string name, int index, int rank, bool small)
        {
            var random = Random(name, index);
            if (!small && index is 2 or 3 or 4 or 8 or 9)
                return random.Next(Math.Min(Size(index, rank), 3_000), 3 * Math.Min(Size(index, rank), 3_000));
            if (!small && index == 10) return 0;
            var place = Math.Min(index, 9);
            return random.Next(1 + 2 * place, 4 + 3 * place);
        }

        private static int Size(int index, int rank) => Sizes[(index + rank) % Sizes.Length];

        private StableRandom Random(string name, int index) => new(StableHash.Of(name, seed + (ulong)index * 0x9E37UL));
    }
}
