namespace Softly.Tasks.Mathematics;

/// <summary>What can be seen of a part of an answer without working it out.</summary>
internal static class Statement
{
    /// <summary>
    /// Whether it names one thing: a letter, a function of something, a segment, an angle, a length, or a ratio of such.
    /// </summary>
    public static bool IsQuantityName(Node node) => node switch
    {
        Symbol or Application or Words => true,
        Constant { Name: "i" or "e" } => true, // a letter before a sign of equality
        Call { Function: "abs", Arguments: [var inner] } => IsInCapitals(inner),
        Call { Function: "norm" or "det" or "deg" or "arg" or "Re" or "Im", Arguments: [var inner] } => IsQuantityName(inner),
        Quotient
        {
            Above: Product { Factors: [Symbol { Name: "d" }, Symbol] },
            Below: Product { Factors: [Symbol { Name: "d" }, Symbol] },
        } => true, // a derivative
        Quotient q => IsInCapitals(q.Above) && IsInCapitals(q.Below),
        Ratio r => r.Terms.All(IsQuantityName),
        Bracketed b => b.Items.All(IsQuantityName),
        Product p => p.Factors.All(f => f is Symbol { Name: var n } && (char.IsUpper(n[0]) || n is "angle" or "triangle")
            || f is Constant),
        _ => false,
    };

    /// <summary>
    /// Whether it is the left side of an equation that tells what a number is: such a name, or a plain sum of names.
    /// </summary>
    public static bool IsAsked(Node node) => IsQuantityName(node) || node switch
    {
        Sum s => s.Terms.All(t => IsAskedTerm(t is Negative n ? n.Value : t)),
        _ => false,
    };

    /// <summary>The matrix with rows for columns.</summary>
    public static Matrix Transposed(Matrix matrix) =>
        new([.. Enumerable.Range(0, matrix.Rows[0].Count).Select(c => (IReadOnlyList<Node>)[.. matrix.Rows.Select(r => r[c])])]);

    /// <summary>-1 or 1 for an infinity, else 0.</summary>
    public static int Infinite(Node node) => node switch
    {
        Constant { Name: Constant.InfinityName } => 1,
        Negative n => -Infinite(n.Value),
        _ => 0,
    };

    /// <summary>Whether a reference may name its value so: an absolute value or a quotient of any names, too.</summary>
    public static bool IsReferenceName(Node node) => IsQuantityName(node) || node switch
    {
        Call { Function: "abs", Arguments: [var inner] } => IsQuantityName(inner),
        Quotient q => IsQuantityName(q.Above) && IsQuantityName(q.Below),
        _ => false,
    };

    /// <summary>A name in capitals, such as a segment: x/y or |x| is not what is asked but a condition on it.</summary>
    private static bool IsInCapitals(Node node) => IsQuantityName(node) && node switch
    {
        Symbol s => s.Name.Any(char.IsUpper) || s.Name.Length > 1 || s.Name is "z" or "w", // complex numbers by custom
        Constant => false,
        Bracketed => false,
        _ => true,
    };

    /// <summary>A term of a sum: a letter, or a digit's letter with its place, as in 100a + 10b + c.</summary>
    private static bool IsAskedTerm(Node node) => node switch
    {
        Symbol or Application => true,
        Product p => p.Factors.All(f => f is Symbol || f is Number { Value: var v } && IsPowerOfTen(v)),
        _ => false,
    };

    private static bool IsPowerOfTen(Rational value)
    {
        while (value >= 10) value /= 10;
        return value.IsOne;
    }
}
