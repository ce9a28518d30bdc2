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
/// What rows remember. The keys and values of a prompt lie there once and are read by all its rows; a row owns only the positions
/// that follow. The memory is kept from one start to the next and grows when it must.
/// </summary>
internal sealed unsafe class RowCache(PaddedShape shape) : IDisposable
{
    private NativeFloats? _memory;
    private Segment[] _prompts = [];
    private int[] _slots = [];
    private int _rowsPerPrompt;
    private float* _own;
    private long _slotSize;

    /// <summary>Rows that are alive.</summary>
    public int Rows => _slots.Length;

    /// <summary>Positions a row can be fed after its prompt.</summary>
    public int NewPositions { get; private set; }

    /// <summary>Positions every row has been fed after its prompt.</summary>
    public int Fed { get; set; }

    /// <summary>Makes room for prompts of the given lengths and their rows; whatever was there is gone.</summary>
    public void Start(ReadOnlySpan<int> lengths, int rowsPerPrompt, int newPositions)
    {
        (_rowsPerPrompt, NewPositions, Fed) = (rowsPerPrompt, newPositions, 0);
        long layers = shape.Config.Layers, prompts = 0;
        foreach (var length in lengths) prompts += shape.LayerCache(length) * layers;
        _slotSize = shape.LayerCache(newPositions) * layers;
        _slots = [.. Enumerable.Range(0, lengths.Length * rowsPerPrompt)];
        var needed = prompts + (_slotSize * Rows);
        if (_memory is null || _memory.Count < needed)
        {
            _memory?.Dispose();
            _memory = null;
            _memory = new NativeFloats(needed);
        }
        _prompts = new Segment[lengths.Length];
        var at = _memory.Start;
        for (var i = 0; i < lengths.Length; i++)
        {
            _prompts[i] = new Segment { Memory = at, Capacity = lengths[i], Length = lengths[i] };
            at += shape.LayerCache(lengths[i]) * layers;
        }
        _own = at;
    }

    /// <summary>A prompt's segment.</summary>
    public Segment Prompt(int prompt) => _prompts[prompt];

    /// <summary>The segment of a row's prompt.</summary>
    public Segment PromptOf(int row) => _prompts[_slots[row] / _rowsPerPrompt];

    /// <summary>A row's own positions, the one that is being fed included.</summary>
    public Segment Own(int row) =>
        new() { Memory = _own + (_slotSize * _slots[row]), Capacity = NewPositions, Length = Fed + 1 };

    /// <summary>Lets all but the given rows go. Nothing is moved.</summary>
    public void Keep(ReadOnlySpan<long> rows)
    {
        var kept = new int[rows.Length];
        var taken = new bool[Rows];
        for (var i = 0; i < rows.Length; i++)
        {
            if ((ulong)rows[i] >= (ulong)Rows)
                throw new ArgumentException($"row {rows[i]} is not one of {Rows} rows", nameof(rows));
            if (taken[rows[i]])
                throw new ArgumentException($"row {rows[i]} is named twice; rows cannot share a cache", nameof(rows));
            taken[rows[i]] = true;
            kept[i] = _slots[rows[i]];
        }
        _slots = kept;
    }

    /// <summary>Ends all rows and frees their memory.</summary>
    public void Release()
    {
        _memory?.Dispose();
        (_memory, _slots, _prompts, NewPositions, Fed) = (null, [], [], 0, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();
}
