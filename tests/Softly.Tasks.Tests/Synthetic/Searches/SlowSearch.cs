using Softly.Tasks;

namespace Softly.Tests.Synthetic.Searches;

/// <summary>
/// Searches read and walked the slow way, in words: every walk one by one. Shares nothing with the tasks but how a prompt looks.
/// </summary>
internal sealed class SlowSearch
{
    private readonly IReadOnlyList<string[]>[] _walks; // of t steps, at t − 1: some end where longer ones do not go on
    private readonly string _name;
    private readonly int _board;

    /// <param name="name">The task's name.</param>
    /// <param name="prompt">A prompt of it.</param>
    /// <param name="hops">Steps of a walk; null for the standard.</param>
    /// <param name="board">Squares along an edge, for knights.</param>
    public SlowSearch(string name, string prompt, int? hops = null, int board = 8)
    {
        var steps = hops ?? StepsOf(name);
        (_name, _board) = (name, board);
        var words = prompt.Split(' ');
        Root = words[^1];
        Beginning = [.. words.TakeWhile(w => w[..2] is not ("a&" or "b&"))];
        Candidates = [.. new[] { "a&", "b&" }.Select(mark => words.Where(w => w.StartsWith(mark)).Select(w => w[2..]).ToArray())
            .Where(group => group.Length > 0)];
        _walks = [.. Enumerable.Range(1, steps).Select(t => name switch
        {
            "subset-sums" => Sums([.. Beginning.Take(t).Select(w => int.Parse(w[1..]))]),
            "knight-moves" => From(Root, t, square => Knight(square, board).Except(Beginning.Select(w => w[2..]))),
            _ => From(Root, t, node => Beginning.Where(e => e.StartsWith(node + "&>")).Select(e => e.Split("&>")[1])),
        })];
    }

    /// <summary>Steps of a task's standard size.</summary>
    public static int StepsOf(string name) => name == "subset-sums" ? 5 : 3;

    public string Root { get; }
    public string[] Beginning { get; }
    public string[][] Candidates { get; }

    public int Steps => _walks.Length;

    /// <summary>All walks of all steps, without the root.</summary>
    public IReadOnlyList<string[]> Walks => _walks[^1];

    /// <summary>Where walks of t steps end, from 1.</summary>
    public HashSet<string> After(int t) => [.. _walks[t - 1].Select(w => w[^1])];

    public string[] Right(int group) => [.. Candidates[group].Where(After(_walks.Length).Contains)];

    /// <summary>The nodes with an edge to this one, or the free squares that a move to this one may begin at.</summary>
    public IEnumerable<string> Into(string state) => _name == "knight-moves"
        ? Knight(state, _board).Except(Beginning.Select(w => w[2..]))
        : Beginning.Where(e => e.EndsWith("&>" + state)).Select(e => e.Split("&>")[0]);

    /// <summary>How many walks of as many steps as are asked end there, wherever they begin.</summary>
    public int WalksInto(string state) => From(state, _walks.Length, Into).Count;

    /// <summary>How many ways would lead from the root to a square if none were blocked.</summary>
    public int WaysWithoutBlocks(string square) =>
        From(Root, _walks.Length, at => Knight(at, _board)).Count(walk => walk[^1] == square);

    /// <summary>The same if only the square before the last had to be free.</summary>
    public int WaysByFreeLast(string square)
    {
        var before = Into(square).ToHashSet();
        return From(Root, _walks.Length - 1, at => Knight(at, _board)).Count(walk => before.Contains(walk[^1]));
    }

    private static IReadOnlyList<string[]> From(string at, int steps, Func<string, IEnumerable<string>> next) => steps == 0
        ? [[]]
        : [.. next(at).SelectMany(to => From(to, steps - 1, next).Select(rest => rest.Prepend(to).ToArray()))];

    private static IReadOnlyList<string[]> Sums(int[] numbers) =>
        [.. Enumerable.Range(0, 1 << numbers.Length).Select(subset => Enumerable.Range(1, numbers.Length)
            .Select(t => numbers.Take(t).Where((_, i) => (subset >> i & 1) == 1).Sum().ToString()).ToArray())];

    private static IEnumerable<string> Knight(string square, int board)
    {
        var (row, column) = Math.DivRem(int.Parse(square), board);
        for (var r = 0; r < board; r++)
            for (var c = 0; c < board; c++)
                if (Math.Abs((r - row) * (c - column)) == 2)
                    yield return (r * board + c).ToString();
    }
}
