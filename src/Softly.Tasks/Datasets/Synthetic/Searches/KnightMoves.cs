namespace Softly.Tasks;

/// <summary>
/// Which candidates a knight can reach in exactly H moves over the free squares of a board: one of each of two groups. It may come
/// back to a square it has been on.
/// </summary>
/// <remarks>
/// <para>
/// Squares are counted row by row from 0. The blocked ones stand first, in random order, each one position, an equal mixture of a
/// mark and the square's word: <c>x&amp;14</c>. No move may end on them. Moves are not in the prompt and have to be learned.
/// Candidates are free squares other than the start, of the colour that H moves lead to; the right one is as often that with the
/// most free squares a move away as that with the fewest.
/// </para>
/// <para>One set of blocked squares in ten is held out, turned and mirrored in all ways and with all questions about it.</para>
/// </remarks>
public sealed class KnightMoves : SearchTask
{
    private const string Mark = "x";

    private readonly int _board;
    private readonly int _blocked;
    private readonly int[][] _moves;
    private readonly int[] _widest;

    /// <param name="settings">Reads board (8), blocked (20), hops (3), candidates (6) and thoughts (path).</param>
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
        _blocked = Size.Of(settings.Blocked, 20, 1, (board * board) - 1, "task_blocked");
        Steps = Size.Of(settings.Hops, 3, 1, 16, "task_hops");
        _moves = [.. Enumerable.Range(0, board * board).Select(Moves)];
        Layers[] free = [.. Enumerable.Range(0, board * board).Select(s => new Layers(s, Steps, (_, from) => _moves[from]))];
        _widest = [.. Enumerable.Range(0, Steps + 1).Select(t => free.Max(l => l[t].Length))];
        Description = $"which of {candidates} candidates of each of two groups a knight reaches in exactly {Steps} moves on a board of "
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
        return new Ground(free, free, (_, from) => _moves[from].Where(to => !blocked.Contains(to)))
        {
            Glance = to => _moves[to].Count(from => !blocked.Contains(from)),
            MayBe = (start, to) => (Colour(start) + Steps + Colour(to)) % 2 == 0 && !_moves[to].All(blocked.Contains),
        };
    }

    private int Colour(int square) => (square % _board) + (square / _board);

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
