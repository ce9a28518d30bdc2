using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Keys and values of rows that decode side by side and come and go. New positions of all rows go to one common slot, so that one
/// write serves them; prompts that come later are written so that they end before it. What a row has nothing in is masked, and
/// rotary positions are each row's own.
/// </summary>
/// <remarks>
/// Rows of unlike age cost masked slots: every row's attention runs from the first slot that any row needs to the common one. A
/// row that leaves is overwritten by the last one, which is one row's copy. When slots run out, those that no row needs any more
/// are dropped, if they are an eighth of all, or there are made a quarter more: one copy of the cache, some two steps' reading.
/// Rows are doubled when they run out.
/// </remarks>
internal sealed class KvCache : IDisposable
{
    private readonly DecoderConfig _config;
    private readonly ScalarType _type;
    private readonly Device _device;
    private readonly Tensor[] _keys;     // per layer (B', Hkv, S, d): B' rows there is room for
    private readonly Tensor[] _values;   // per layer (B', Hkv, S, d)
    private readonly List<Row> _rows = [];
    private Tensor _lengths;             // (B', 1) int64: positions each row has had
    private Tensor _valid;               // (B', 1, 1, S) bool: slots that hold something of the row, or will
    private int _next;                   // the common slot that is written next
    private int _rowRoom;
    private Pending _pending;            // the prompts that are being processed

    /// <param name="config">The model's shape.</param>
    /// <param name="type">Element type.</param>
    /// <param name="device">Device.</param>
    public KvCache(DecoderConfig config, ScalarType type, Device device)
    {
        (_config, _type, _device) = (config, type, device);
        _keys = new Tensor[config.Layers];
        _values = new Tensor[config.Layers];
        (_rowRoom, Capacity) = (0, 0);
        for (var i = 0; i < config.Layers; i++) (_keys[i], _values[i]) = (Empty(), Empty());
        _lengths = Kept(zeros([0, 1], ScalarType.Int64, device));
        _valid = Kept(zeros([0, 1, 1, 0], ScalarType.Bool, device));
    }

    /// <summary>S: slots a row. Every row's position is below it.</summary>
    public int Capacity { get; private set; }

    /// <summary>B: rows that are alive.</summary>
    public int Rows => _rows.Count;

    /// <summary>Makes room for rows whose prompts come next, through <see cref="WritePrompt"/>.</summary>
    /// <param name="lengths">Prompt lengths.</param>
    /// <param name="rowsPerPrompt">Rows that continue each.</param>
    /// <param name="newPositions">How many positions may follow.</param>
    public void Add(int[] lengths, int rowsPerPrompt, int newPositions)
    {
        var longest = lengths.Max();
        if (_rows.Count == 0) _next = 0;
        var before = Math.Min(_next, longest); // a longer prompt than all that is there moves the common slot on
        _next = Math.Max(_next, longest);
        var (first, count, start) = (_rows.Count, lengths.Length * rowsPerPrompt, _next - longest);
        foreach (var length in lengths)
            for (var i = 0; i < rowsPerPrompt; i++) _rows.Add(new Row(start, length, newPositions));
        // With nobody there, room for all that may come: nothing is copied as rows grow.
        var slots = first == 0 ? _next + newPositions : _next + 1;
        Reach(_rows.Count, slots, first);
        start = _next - longest; // slots may have been dropped

        using var scope = NewDisposeScope();
        Blank(first, count, First, start);
        if (first > 0 && start == 0 && before < longest)
        {
            Blank(0, first, before, longest);
            _valid.narrow(0, 0, first).narrow(3, before, longest - before).zero_();
        }
        var of = Enumerable.Range(0, count).Select(i => i / rowsPerPrompt).ToArray();
        var own = Scalars.Upload(of.Select(p => (long)lengths[p]).ToArray(), _device, count, 1); // (R, 1)
        _lengths.narrow(0, first, count).copy_(own);
        var slot = Scalars.Upload(Enumerable.Range(0, Capacity).Select(s => (long)s).ToArray(), _device, 1, Capacity); // (1, S)
        var from = Scalars.Upload(of.Select(_ => (long)start).ToArray(), _device, count, 1); // (R, 1)
        var prompt = slot.ge(from).logical_and(slot.lt(from.Plus(own)));
        var later = slot.ge(from.Plus(Scalars.Upload(of.Select(_ => (long)longest).ToArray(), _device, count, 1)));
        _valid.narrow(0, first, count).copy_(prompt.logical_or(later).reshape(count, 1, 1, Capacity));
        _pending = new Pending(first, start, rowsPerPrompt == 1 ? null : [.. of.Select(p => (long)p)]);
    }

    /// <summary>Takes in whole prompts' keys and values, (P, Hkv, T, d), once for every row that continues them.</summary>
    public void WritePrompt(int layer, Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        var rows = _pending.Of is { } of ? Scalars.Upload(of, _device, of.Length) : null;
        foreach (var (cache, fresh) in new[] { (_keys[layer], keys), (_values[layer], values) })
        {
            var taken = rows is null ? fresh : fresh.index_select(0, rows); // (R, Hkv, T, d)
            cache.narrow(0, _pending.First, taken.shape[0]).narrow(2, _pending.Start, taken.shape[2]).copy_(taken);
        }
    }

    /// <summary>Appends rows that have the prompt of another, and nothing behind it.</summary>
    public void Fork(int row, int count)
    {
        var first = _rows.Count;
        for (var i = 0; i < count; i++) _rows.Add(_rows[row] with { Fed = 0 });
        Reach(_rows.Count, _next + 1, first);
        Blank(first, count, First, _next);
        var (start, prompt) = (_rows[row].Start, _rows[row].Prompt);
        using var scope = NewDisposeScope();
        foreach (var cache in _keys.Concat(_values))
        {
            using var part = NewDisposeScope();
            cache.narrow(0, first, count).narrow(2, start, prompt)
                .copy_(cache.narrow(0, row, 1).narrow(2, start, prompt).expand(count, -1, -1, -1));
        }
        _lengths.narrow(0, first, count).fill_(Scalars.OfLong(prompt));
        var valid = _valid.narrow(0, first, count); // (R, 1, 1, S)
        valid.fill_(Scalars.OfLong(1));
        valid.narrow(3, 0, _next).fill_(Scalars.OfLong(0));
        valid.narrow(3, start, prompt).fill_(Scalars.OfLong(1));
    }

    /// <summary>Makes sure that the next position has a slot.</summary>
    /// <exception cref="InvalidOperationException">A row has been fed all its new positions.</exception>
    public void Ready()
    {
        for (var row = 0; row < _rows.Count; row++)
            if (_rows[row].Fed == _rows[row].NewPositions)
                throw new InvalidOperationException($"all {_rows[row].NewPositions} new positions of row {row} are used up");
        Reach(_rows.Count, _next + 1, _rows.Count);
    }

    /// <summary>Takes in one position and gives back all that any row needs, (B, Hkv, slots, d).</summary>
    public (Tensor Keys, Tensor Values) WriteStep(int layer, Tensor keys, Tensor values)
    {
        var (b, first) = (_rows.Count, First);
        var (k, v) = (_keys[layer].narrow(0, 0, b), _values[layer].narrow(0, 0, b));
        k.narrow(2, _next, 1).copy_(keys);
        v.narrow(2, _next, 1).copy_(values);
        return (k.narrow(2, first, _next + 1 - first), v.narrow(2, first, _next + 1 - first));
    }

    /// <summary>The position the next input has in each row, (B, 1) int64.</summary>
    public Tensor NextPositions() => _lengths.narrow(0, 0, _rows.Count);

    /// <summary>Which of those slots a row may see with the next position written, (B, 1, 1, slots) bool; null for all.</summary>
    public Tensor? Mask()
    {
        var first = First;
        return _rows.TrueForAll(r => r.Start == first && r.Start + r.Prompt + r.Fed == _next) ? null
            : _valid.narrow(0, 0, _rows.Count).narrow(3, first, _next + 1 - first);
    }

    /// <summary>Counts the position that every layer has taken in.</summary>
    public void Advance()
    {
        _next++;
        for (var row = 0; row < _rows.Count; row++) _rows[row] = _rows[row] with { Fed = _rows[row].Fed + 1 };
        using var own = NextPositions();
        using var one = ones_like(own);
        own.add_(one, Scalars.One);
    }

    /// <summary>Row i becomes what row <c>rows[i]</c> was; others leave. Rows that keep their place are not touched.</summary>
    public void Keep(ReadOnlySpan<int> rows)
    {
        var kept = new Row[rows.Length];
        List<long> from = [], to = [];
        for (var i = 0; i < rows.Length; i++)
        {
            kept[i] = _rows[rows[i]];
            if (rows[i] == i) continue;
            from.Add(rows[i]);
            to.Add(i);
        }
        _rows.Clear();
        _rows.AddRange(kept);
        if (to.Count == 0) return;
        using var scope = NewDisposeScope();
        var source = Scalars.Upload(from.ToArray(), _device, from.Count);
        var target = Scalars.Upload(to.ToArray(), _device, to.Count);
        foreach (var tensor in new[] { _lengths, _valid }) Move(tensor);
        var (start, slots) = (kept.Min(r => r.Start), _next);
        foreach (var cache in _keys.Concat(_values)) Move(cache.narrow(2, start, slots - start));

        void Move(Tensor tensor)
        {
            using var part = NewDisposeScope();
            tensor.index_copy_(0, target, tensor.index_select(0, source)); // all are read before one is written
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _keys) tensor.Dispose();
        foreach (var tensor in _values) tensor.Dispose();
        _lengths.Dispose();
        _valid.Dispose();
    }

    /// <summary>
    /// Zeros in slots that are masked: what was there before may not be a number, which no mask would keep out of a sum.
    /// </summary>
    private void Blank(int row, int count, int start, int end)
    {
        if (end <= start) return;
        using var scope = NewDisposeScope();
        foreach (var cache in _keys.Concat(_values)) cache.narrow(0, row, count).narrow(2, start, end - start).zero_();
    }

    /// <summary>The first slot that any row needs.</summary>
    private int First => _rows.Min(r => r.Start);

    /// <summary>Room for so many rows and slots: by dropping slots that nobody needs, or by growing.</summary>
    private void Reach(int rows, int slots, int oldRows)
    {
        if (rows <= _rowRoom && slots <= Capacity) return;
        var first = First;
        var drop = slots > Capacity && first >= slots / 8 ? first : 0;
        (slots, _next) = (slots - drop, _next - drop);
        for (var row = 0; row < _rows.Count; row++) _rows[row] = _rows[row] with { Start = _rows[row].Start - drop };
        if (rows > _rowRoom || slots > Capacity || drop > 0) Make();

        void Make()
        {
            var filled = oldRows == 0 ? 0 : Math.Min(Capacity, slots + drop) - drop;
            if (rows > _rowRoom) _rowRoom = oldRows == 0 ? rows : Math.Max(rows, 2 * _rowRoom);
            if (slots > Capacity) Capacity = oldRows == 0 ? slots : Math.Max(slots, Capacity + Capacity / 4);
            for (var i = 0; i < _keys.Length; i++)
            {
                _keys[i] = Copied(_keys[i], Empty(), 2);
                _values[i] = Copied(_values[i], Empty(), 2);
            }
            _lengths = Copied(_lengths, Kept(zeros([_rowRoom, 1], ScalarType.Int64, _device)), null);
            _valid = Copied(_valid, Kept(ones([_rowRoom, 1, 1, Capacity], ScalarType.Bool, _device)), 3);

            Tensor Copied(Tensor from, Tensor to, int? slotDimension)
            {
                using var scope = NewDisposeScope();
                if (oldRows > 0 && slotDimension is { } d)
                    to.narrow(0, 0, oldRows).narrow(d, 0, filled).copy_(from.narrow(0, 0, oldRows).narrow(d, drop, filled));
                else if (oldRows > 0) to.narrow(0, 0, oldRows).copy_(from.narrow(0, 0, oldRows));
                from.Dispose();
                return to;
            }
        }
    }

    private Tensor Empty() =>
        Kept(empty([_rowRoom, _config.KeyValueHeads, Capacity, _config.HeadSize], _type, _device));

    private static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();

    /// <summary>What the host knows of a row.</summary>
    /// <param name="Start">The prompt's first slot.</param>
    /// <param name="Prompt">Its length.</param>
    /// <param name="NewPositions">How many may follow.</param>
    /// <param name="Fed">How many have.</param>
    private readonly record struct Row(int Start, int Prompt, int NewPositions, int Fed = 0);

    /// <summary>Prompts under way: their rows from the first on, their slots, and which prompt each row continues.</summary>
    private readonly record struct Pending(int First, int Start, long[]? Of);
}
