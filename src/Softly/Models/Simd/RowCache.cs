namespace Softly.Models;

/// <summary>
/// The keys and values of a run of positions: for every layer, the keys and then the values
/// (<see cref="PaddedShape.LayerCache"/>).
/// </summary>
internal unsafe struct Segment
{
    /// <summary>The first layer's keys.</summary>
    public float* Memory;

    /// <summary>Positions there is room for.</summary>
    public int Capacity;

    /// <summary>Positions that are filled, or will be once the present one is.</summary>
    public int Length;
}

/// <summary>
/// What rows remember. The keys and values of a prompt lie there once and are read by all its rows, and go with the last of them;
/// a row owns only the positions that follow. What rows leave behind is taken by the next ones.
/// </summary>
internal sealed unsafe class RowCache(PaddedShape shape) : IDisposable
{
    private readonly SegmentMemory _memory = new();
    private Row[] _rows = [];
    private SharedPrompt[] _added = [];

    /// <summary>Rows that are alive.</summary>
    public int Rows { get; private set; }

    /// <summary>Numbers there is room for, in use or not.</summary>
    public long Count => _memory.Count;

    /// <summary>Makes room for prompts of the given lengths, and appends their rows.</summary>
    public void Add(ReadOnlySpan<int> lengths, int rowsPerPrompt, int newPositions)
    {
        _added = new SharedPrompt[lengths.Length];
        for (var i = 0; i < lengths.Length; i++)
            _added[i] = new SharedPrompt { Segment = Take(lengths[i], lengths[i], 0) };
        for (var i = 0; i < lengths.Length; i++)
            Append(_added[i], rowsPerPrompt, newPositions, (lengths.Length - i - 1) * rowsPerPrompt);
    }

    /// <summary>Appends rows behind the prompt of a row.</summary>
    public void Fork(int row, int count) => Append(_rows[row].Prompt, count, _rows[row].Own.Capacity, 0);

    /// <summary>The segment of a prompt of the last <see cref="Add"/>.</summary>
    public Segment Added(int prompt) => _added[prompt].Segment;

    /// <summary>The segment of a row's prompt.</summary>
    public Segment PromptOf(int row) => _rows[row].Prompt.Segment;

    /// <summary>A row's own positions, the one that is being fed included.</summary>
    public Segment Own(int row) => _rows[row].Own;

    /// <summary>Counts the position that all rows have been fed.</summary>
    public void Advance()
    {
        for (var row = 0; row < Rows; row++) _rows[row].Own.Length++;
    }

    /// <summary>Lets all but the given rows go. Nothing is moved.</summary>
    public void Keep(ReadOnlySpan<int> rows)
    {
        var kept = new Row[_rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            kept[i] = _rows[rows[i]];
            _rows[rows[i]].Prompt = null!;
        }
        for (var row = 0; row < Rows; row++)
            if (_rows[row].Prompt is not null) Give(_rows[row]);
        (_rows, Rows) = (kept, rows.Length);
    }

    /// <summary>Lets all rows go, and keeps the memory.</summary>
    public void Clear()
    {
        (_rows, _added, Rows) = ([], [], 0);
        _memory.Clear();
    }

    /// <summary>Lets all rows go, and their memory too.</summary>
    public void Release()
    {
        (_rows, _added, Rows) = ([], [], 0);
        _memory.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private void Append(SharedPrompt prompt, int count, int newPositions, int more)
    {
        if (Rows + count + more > _rows.Length) Array.Resize(ref _rows, Math.Max(Rows + count + more, 2 * Rows));
        prompt.Users += count;
        for (var i = 1; i <= count; i++)
            _rows[Rows++] = new Row { Prompt = prompt, Own = Take(newPositions, 1, count - i + more) };
    }

    private void Give(in Row row)
    {
        _memory.Give(row.Own.Memory, Size(row.Own.Capacity));
        if (--row.Prompt.Users == 0) _memory.Give(row.Prompt.Segment.Memory, Size(row.Prompt.Segment.Capacity));
    }

    private Segment Take(int capacity, int length, int more) => new()
    {
        Memory = _memory.Take(Size(capacity), more), Capacity = capacity, Length = length
    };

    private long Size(int positions) => shape.LayerCache(positions) * shape.Config.Layers;

    private struct Row
    {
        public SharedPrompt Prompt;
        public Segment Own;
    }

    private sealed class SharedPrompt
    {
        public Segment Segment;
        public int Users;
    }
}
