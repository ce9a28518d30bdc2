namespace Softly.Tasks;

/// <summary>
/// Which candidates a knight can reach in exactly H moves over the free squares of a board: one of each of two groups. It may
/// come back to a square it has been on.
/// </summary>
/// <remarks>
/// <para>
/// Squares are counted row by row from 0. The blocked ones stand first, in random order, each one position, an equal mixture of a
/// mark and the square's word: <c>x&amp;14</c>. No move may end on them. Moves are not in the prompt and have to be learned.
/// Candidates are free squares that H moves could lead to if only the square before them had to be free, neither the start nor a
/// move away from it, where moving there and back leads almost always. The right one is as often that with the most such ways
/// (and among about as many, the nearest) as that with the fewest. With fewer than three moves these ways would be the answer:
/// of two moves, those on the empty board count, and of one, the colour alone.
/// </para>
/// <para>One set of blocked squares in ten is held out, turned and mirrored in all ways and with all questions about it.</para>
/// </remarks>
public sealed class KnightMoves : SearchTask
{
    private const string Mark = "x";

    private readonly int _board;
    private readonly int _blocked;
    private readonly int[][] _moves;
    private readonly long[][] _before; // ways from a square to one without blocked ones, all moves but the last
    private readonly int[] _widest;

    /// <param name="settings">Reads board (8), blocked (5 squares of 16), hops (3), candidates (6) and thoughts (path).</param>
    /// <exception cref="ArgumentException">A size is out of range, or they do not go together.</exception>
    public KnightMoves(TaskSettings? settings = null)
        : this(settings ??= new(), Size.Of(settings.Board, 8, 3, 16, "task_board"),
            Size.Of(settings.Candidates, 6, 2, 100, "task_candidates"))
    {
    }

    private KnightMoves(TaskSettings settings, int board, int candidates)
        : base("knight-moves", board * board, [Mark], 2, candidates, settings.Thoughts ?? ThoughtForm.Path)
    {
        _board = board;
        _blocked = Size.Of(settings.Blocked, board * board * 5 / 16, 1, (board * board) - 1, "task_blocked");
        Steps = Size.Of(settings.Hops, 3, 1, 16, "task_hops");
        _moves = [.. Enumerable.Range(0, board * board).Select(Moves)];
        Layers[] empty = [.. Enumerable.Range(0, board * board).Select(s => new Layers(s, Steps, (_, from) => _moves[from]))];
        _widest = [.. Enumerable.Range(0, Steps + 1).Select(t => empty.Max(l => l[t].Length))];
        _before = [.. empty.Select(l => Enumerable.Range(0, board * board).Select(s => l.Ways(Steps - 1, s)).ToArray())];
        Description = $"which of {candidates} candidates of each of two groups a knight reaches in exactly {Steps} moves on "
            + $"{board} × {board} squares, {_blocked} of them blocked";
        CheckSizes("change task_board, task_blocked or task_hops, or lower task_candidates");
    }

    /// <inheritdoc />
    public override string Description { get; }

    private protected override int Steps { get; }

    private protected override int Widest(int t) => Math.Min(_widest[t], _moves.Length - _blocked);

    private protected override (IReadOnlyList<string> Beginning, IEnumerable<int> Starts) Make(StableRandom random)
    {
        var squares = random.Pick(Enumerable.Range(0, _moves.Length), _moves.Length);
        return ([.. squares[.._blocked].Select(s => $"{Mark}&{Words.Text(s)}")], squares[_blocked..]);
    }

    private protected override Ground? Read(IReadOnlyList<string> beginning)
    {
        if (Blocked(beginning) is not { } blocked) return null;
        int[] free = [.. Enumerable.Range(0, _moves.Length).Except(blocked)];
        var open = new bool[_moves.Length];
        foreach (var square in free) open[square] = true;
        return new Ground(free, free, (_, from) => _moves[from].Where(to => open[to]))
        {
            // Of as many ways the nearer square is right more often; 15 leaves little of either.
            Glance = (start, to) => (15 * Ways(start, to)) - Squared(start, to),
            MayBe = (start, to) => Ways(start, to) > 0 && !(Steps > 1 && _moves[start].Contains(to)),
        };

        // With one move or two, these ways are the search itself, so fewer squares need be free: none of two, and no way of one.
        long Ways(int start, int to)
        {
            if ((Colour(start) + Steps + Colour(to)) % 2 != 0) return 0;
            if (Steps == 1) return 1;
            var ways = 0L;
            foreach (var from in _moves[to])
                if (Steps == 2 || open[from]) ways += _before[start][from];
            return ways;
        }
    }

    private int Colour(int square) => (square % _board) + (square / _board);

    /// <summary>The distance of two squares, squared.</summary>
    private int Squared(int a, int b)
    {
        var (dx, dy) = ((a % _board) - (b % _board), (a / _board) - (b / _board));
        return (dx * dx) + (dy * dy);
    }

    /// <summary>The smallest of the eight descriptions that turning and mirroring the board gives.</summary>
    private protected override string Content(IReadOnlyList<string> beginning)
    {
        var blocked = Blocked(beginning)!;
        var last = _board - 1;
        Func<(int X, int Y), (int X, int Y)>[] turns =
            [s => s, s => (last - s.Y, s.X), s => (last - s.X, last - s.Y), s => (s.Y, last - s.X)];
        var views = turns.SelectMany(turn => new[] { turn, s => turn((s.Y, s.X)) });
        return $"{_board} " + views.Select(view => string.Join(' ', blocked.Select(s => Square(view(Place(s)))).Order()))
            .Min(StringComparer.Ordinal);

        (int X, int Y) Place(int square) => (square % _board, square / _board);
        int Square((int X, int Y) place) => (place.Y * _board) + place.X;
    }

    private protected override string Miss(int start, int state) => $"{Steps} moves from {start} do not lead to {state}";

    private int[] Moves(int square) =>
        [.. from dx in new[] { -2, -1, 1, 2 } from dy in new[] { -2, -1, 1, 2 } where Math.Abs(dx) != Math.Abs(dy)
            let x = (square % _board) + dx let y = (square / _board) + dy
            where x >= 0 && x < _board && y >= 0 && y < _board select (y * _board) + x];

    private HashSet<int>? Blocked(IReadOnlyList<string> beginning) =>
        beginning.All(w => w.StartsWith(Mark + "&", StringComparison.Ordinal))
            && Words.Numbers(beginning.Select(w => w[(Mark.Length + 1)..]), _moves.Length) is { } squares
            ? [.. squares]
            : null;
}
