using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Keys and values of rows that decode side by side, allocated once. Prompts of different lengths are written from slot 0 on;
/// new positions go to common slots after the longest prompt, so that one write serves all rows. The gap a shorter
/// prompt leaves is masked, and rotary positions are each row's own.
/// </summary>
internal sealed class KvCache : IDisposable
{
    private readonly int _promptSlots;
    private Tensor[] _keys;      // per layer (B, Hkv, S, d)
    private Tensor[] _values;    // per layer (B, Hkv, S, d)
    private Tensor _lengths;     // (B, 1) int64: positions each row has had
    private Tensor? _valid;      // (B, 1, 1, S) bool; null while all prompts are equally long
    private int _new;            // positions fed since the prompt

    /// <param name="config">The model's shape.</param>
    /// <param name="prompts">How many prompts are processed; they are the rows until <see cref="Fork"/>.</param>
    /// <param name="lengths">Prompt lengths.</param>
    /// <param name="newPositions">How many positions may follow the prompt.</param>
    /// <param name="type">Element type.</param>
    /// <param name="device">Device.</param>
    public KvCache(DecoderConfig config, int prompts, int[] lengths, int newPositions, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        _promptSlots = lengths.Max();
        Capacity = _promptSlots + newPositions;
        long[] shape = [prompts, config.KeyValueHeads, Capacity, config.HeadSize];
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => empty(shape, type, device).DetachFromDisposeScope())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => empty(shape, type, device).DetachFromDisposeScope())];
        _lengths = Scalars.Upload(lengths.Select(l => (long)l).ToArray(), device, prompts, 1).DetachFromDisposeScope();
        if (lengths.Any(l => l != _promptSlots))
        {
            var slots = arange(Scalars.OfLong(0), Scalars.OfLong(Capacity), Scalars.One, ScalarType.Int64, device)
                .unsqueeze(0); // (1, S)
            var valid = slots.lt(_lengths).logical_or(slots.ge(Scalars.OfLong(_promptSlots)));
            _valid = valid.reshape(prompts, 1, 1, Capacity).DetachFromDisposeScope();
        }
    }

    /// <summary>S: slots a row.</summary>
    public int Capacity { get; }

    /// <summary>Takes in a whole prompt's keys and values, (B, Hkv, T, d).</summary>
    public void WritePrompt(int layer, Tensor keys, Tensor values)
    {
        using var k = _keys[layer].narrow(2, 0, keys.shape[2]);
        using var v = _values[layer].narrow(2, 0, values.shape[2]);
        k.copy_(keys);
        v.copy_(values);
    }

    /// <summary>Takes in one position and gives back all so far, (B, Hkv, slots so far, d).</summary>
    public (Tensor Keys, Tensor Values) WriteStep(int layer, Tensor keys, Tensor values)
    {
        var slot = _promptSlots + _new;
        _keys[layer].narrow(2, slot, 1).copy_(keys);
        _values[layer].narrow(2, slot, 1).copy_(values);
        return (_keys[layer].narrow(2, 0, slot + 1), _values[layer].narrow(2, 0, slot + 1));
    }

    /// <summary>The position the next input has in each row, (B, 1) int64.</summary>
    public Tensor NextPositions() => _lengths;

    /// <summary>Which slots a row may see once the next position is written, (B, 1, 1, slots) bool; null for all.</summary>
    public Tensor? Mask() => _valid?.narrow(3, 0, _promptSlots + _new + 1);

    /// <summary>Counts the position that every layer has taken in.</summary>
    public void Advance()
    {
        _new++;
        using var one = ones_like(_lengths);
        _lengths.add_(one, Scalars.One);
    }

    /// <summary>
    /// Repeats, drops and reorders rows: row i becomes what row <c>rows[i]</c> was. Forks a prompt into its group, frees finished
    /// rows.
    /// </summary>
    public void Fork(Tensor rows)
    {
        Tensor Take(Tensor from)
        {
            var taken = from.index_select(0, rows).DetachFromDisposeScope();
            from.Dispose();
            return taken;
        }
        _keys = [.. _keys.Select(Take)];
        _values = [.. _values.Select(Take)];
        _lengths = Take(_lengths);
        if (_valid is not null) _valid = Take(_valid);
    }

    public void Dispose()
    {
        foreach (var tensor in _keys) tensor.Dispose();
        foreach (var tensor in _values) tensor.Dispose();
        _lengths.Dispose();
        _valid?.Dispose();
    }
}
