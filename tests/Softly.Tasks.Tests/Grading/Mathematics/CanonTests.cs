using System.Numerics;
using CsCheck;
using Softly.Tasks.Mathematics;

namespace Softly.Tests.Grading.Mathematics;

/// <summary>The exact arithmetic and the canonical form, against second ways to the same result.</summary>
public sealed class CanonTests
{
    private static readonly Gen<Rational> Fractions = Gen.Select(Gen.Int[-30, 30], Gen.Int[1, 12], (a, b) => Rational.Of(a, b));

    /// <summary>Random expressions in x and y, of sums, products, quotients and small powers.</summary>
    private static readonly Gen<Node> Expressions = Gen.Recursive<Node>((depth, inner) => depth > 4
        ? Leaves()
        : Gen.Frequency(
            (2, Leaves()),
            (3, inner.Array[2, 3].Select(Node (t) => new Sum(t))),
            (3, inner.Array[2, 3].Select(Node (t) => new Product(t))),
            (1, inner.Select(Node (n) => new Negative(n))),
            (1, Gen.Select(inner, inner, Node (a, b) => new Quotient(a, b))),
            (1, Gen.Select(inner, Gen.Int[-2, 3], Node (a, n) => new Power(a, new Number(n))))));

    [Fact]
    public void Fractions_keep_the_laws_of_a_field() => Gen.Select(Fractions, Fractions, Fractions).Sample((a, b, c) =>
    {
        Assert.Equal(a + b, b + a);
        Assert.Equal(a * (b + c), a * b + a * c);
        Assert.Equal(a, a - b + b);
        if (!b.IsZero) Assert.Equal(a, a / b * b);
        Assert.Equal(Math.Sign(a.ToDouble().CompareTo(b.ToDouble())), a.CompareTo(b));
        Assert.Equal((BigInteger)Math.Floor(a.ToDouble()), a.Floor());
        Assert.Equal((BigInteger)Math.Ceiling(a.ToDouble()), a.Ceiling());
        Assert.True(a.Denominator.Sign > 0 && BigInteger.GreatestCommonDivisor(a.Numerator, a.Denominator).IsOne);
    });

    [Theory]
    [InlineData("12.50", 25, 2)]
    [InlineData("-.5", -1, 2)]
    [InlineData("3.", 3, 1)]
    [InlineData("007", 7, 1)]
    public void Decimals_are_read_exactly(string text, int above, int below)
    {
        Assert.True(Rational.TryParse(text, out var value));
        Assert.Equal(Rational.Of(above, below), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("1,5")]
    [InlineData("1e5")]
    [InlineData(" 1")]
    [InlineData("１")]
    public void What_is_no_decimal_is_refused(string text) => Assert.False(Rational.TryParse(text, out _));

    [Fact]
    public void A_canonical_form_has_the_value_of_what_it_came_from() =>
        Gen.Select(Expressions, Fractions, Fractions).Sample((node, x, y) =>
    {
        var form = new Canon(new Effort()).Of(node);
        if (form is null || Value(node, x, y) is not { } expected) return; // no value at all, or none here
        // the form's own text is an expression again, where it is not longer than an answer may be
        var text = form.Key.Replace("*", @"\cdot ");
        if (text.Length > Effort.MaxLength) return;
        var again = Parser.Read(text, false, new MathOptions(), new Effort());
        if (Value(again, x, y) is { } value) Assert.Equal(expected, value);
    });

    [Fact]
    public void Forms_that_are_equal_have_equal_values_and_the_order_of_parts_does_not_count() =>
        Gen.Select(Expressions, Expressions, Fractions, Fractions).Sample((a, b, x, y) =>
        {
            var canon = new Canon(new Effort());
            Assert.Equal(canon.Of(new Sum([a, b]))?.Key, canon.Of(new Sum([b, a]))?.Key);
            Assert.Equal(canon.Of(new Product([a, b]))?.Key, canon.Of(new Product([b, a]))?.Key);
            if (canon.Of(a)?.Key is { } key && key == canon.Of(b)?.Key && Value(a, x, y) is { } u && Value(b, x, y) is { } v)
                Assert.Equal(u, v);
        });

    [Fact]
    public void Numbers_come_out_the_same_by_balls_and_by_fractions() =>
        Gen.Select(Expressions, Fractions, Fractions).Sample((node, x, y) =>
    {
        var point = new Dictionary<string, Rational> { ["x"] = x, ["y"] = y };
        var ball = new Evaluator(128, point, _ => null, new Effort()).Of(node).Ball;
        if (Value(node, x, y) is not { } expected) Assert.False(ball.IsFinite);
        else if (ball.IsFinite)
            Assert.True(Ball.Overlaps(ball.Re, new Reals(128).Ratio(expected.Numerator, expected.Denominator)));
    });

    [Theory]
    [InlineData(@"\sqrt{8}", "2*2^1/2")]
    [InlineData(@"\frac{1}{\sqrt{2}}", "1/2*2^1/2")]
    [InlineData(@"\sqrt{12}\cdot\sqrt{3}", "6")]
    [InlineData(@"\sqrt{-4}", "2*i")]
    [InlineData(@"(1+i)^2", "2*i")]
    [InlineData(@"\sin\frac{\pi}{6}", "1/2")]
    [InlineData(@"\cos 135^\circ", "-1/2*2^1/2")]
    [InlineData(@"\ln 8-3\ln 2", "0")]
    [InlineData(@"\log_4 8", "3/2")]
    [InlineData(@"2^{n+1}-2\cdot 2^n", "0")]
    [InlineData(@"(x+y)^2-x^2-2xy-y^2", "0")]
    [InlineData(@"\sqrt[3]{-8}", "-2")]
    [InlineData(@"\binom{10}{3}-5!", "0")]
    [InlineData(@"\sum_{k=1}^{10}k^2", "385")]
    [InlineData(@"\gcd(12,18)+\lfloor -2.5\rfloor", "3")]
    public void Known_values_are_folded(string latex, string key) =>
        Assert.Equal(key, new Canon(new Effort()).Of(Parser.Read(Spelling.Clean(latex), true, new MathOptions(),
            new Effort()))?.Key);

    private static Gen<Node> Leaves() => Gen.OneOf(Gen.Const((Node)new Symbol("x")), Gen.Const((Node)new Symbol("y")),
        Fractions.Select(Node (f) => new Number(f)));

    /// <summary>The value by plain recursion over fractions; null where something is divided by 0.</summary>
    private static Rational? Value(Node node, Rational x, Rational y)
    {
        switch (node)
        {
            case Number n: return n.Value;
            case Symbol s: return s.Name == "x" ? x : y;
            case Negative n: return Value(n.Value, x, y) is { } v ? -v : null;
            case Sum s: return Fold(s.Terms, Rational.Zero, (a, b) => a + b);
            case Product p: return Fold(p.Factors, Rational.One, (a, b) => a * b);
            case Quotient q:
                return Value(q.Above, x, y) is { } above && Value(q.Below, x, y) is { IsZero: false } below ? above / below
                    : null;
            case Power p:
                if (Value(p.Base, x, y) is not { } basis || Value(p.Exponent, x, y) is not { } exponent) return null;
                return basis.IsZero && exponent.Sign <= 0 ? null : basis.Pow((int)exponent.Numerator);
            default: throw new InvalidOperationException($"{node}");
        }

        Rational? Fold(IReadOnlyList<Node> parts, Rational start, Func<Rational, Rational, Rational> with)
        {
            foreach (var part in parts)
            {
                if (Value(part, x, y) is not { } value) return null;
                start = with(start, value);
            }
            return start;
        }
    }
}
