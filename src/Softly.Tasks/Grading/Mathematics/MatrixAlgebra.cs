namespace Softly.Tasks.Mathematics;

/// <summary>Sums, products, powers and multiples of matrices, entry by entry.</summary>
internal static class MatrixAlgebra
{
    private const int MaxEntries = 100;

    /// <summary>The matrix that an expression of matrices is; null where it is none.</summary>
    public static Matrix? Of(Node node)
    {
        switch (node)
        {
            case Matrix matrix:
                return matrix.Parts.Count <= MaxEntries ? matrix : null;
            case Negative n:
                return Of(n.Value) is { } opposite ? Each(opposite, e => new Negative(e)) : null;
            case Quotient q when !HasMatrix(q.Below):
                return Of(q.Above) is { } above ? Each(above, e => new Quotient(e, q.Below)) : null;
            case Sum s when s.Terms.Count < 10:
                var terms = s.Terms.Select(Of).ToArray();
                if (terms.Any(t => t is null || t.Rows.Count != terms[0]!.Rows.Count || t.Rows[0].Count != terms[0]!.Rows[0].Count)) return null;
                return Entries(terms[0]!.Rows.Count, terms[0]!.Rows[0].Count, (i, j) => new Sum([.. terms.Select(t => t!.Rows[i][j])]));
            case Product p when p.Factors.Count < 10:
                return OfProduct(p);
            case Power { Exponent: Number { Value: { IsWhole: true, Sign: > 0 } n } } power when n <= 4:
                return Of(new Product([.. Enumerable.Repeat(power.Base, (int)n.Numerator)]));
            default:
                return null;
        }
    }

    private static Matrix? OfProduct(Product product)
    {
        Matrix? result = null;
        var scalars = new List<Node>();
        foreach (var factor in product.Factors)
        {
            if (!HasMatrix(factor)) scalars.Add(factor);
            else if (Of(factor) is not { } next) return null;
            else if (result is null) result = next;
            else if (result.Rows[0].Count != next.Rows.Count) return null;
            else
            {
                var left = result;
                result = Entries(left.Rows.Count, next.Rows[0].Count, (i, j) =>
                    new Sum([.. left.Rows[i].Select((e, k) => new Product([e, next.Rows[k][j]]))]));
            }
        }
        return result is null || scalars.Count == 0 ? result : Each(result, e => new Product([.. scalars, e]));
    }

    private static bool HasMatrix(Node node) => node.Has(n => n is Matrix);

    private static Matrix Each(Matrix matrix, Func<Node, Node> change) => (Matrix)matrix.With([.. matrix.Parts.Select(change)]);

    private static Matrix Entries(int rows, int columns, Func<int, int, Node> entry) =>
        new([.. Enumerable.Range(0, rows).Select(i => (IReadOnlyList<Node>)[.. Enumerable.Range(0, columns).Select(j => entry(i, j))])]);
}
