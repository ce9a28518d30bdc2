using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// Draws row by row from the logits' memory, several workers over the rows; libtorch has no part in it. Every row is drawn
/// alone, so the results do not depend on the number of workers.
/// </summary>
internal sealed unsafe class RowDrawing : IDrawing
{
    /// <summary>Rows that a worker takes at a time.</summary>
    private const int PieceRows = 8;

    private readonly IDecoder _decoder;
    private readonly StepRules _rules;
    private readonly WorkerPool _pool;
    private readonly RowSampler[] _samplers;
    private readonly StepStore _store;
    private readonly int _slots, _vocabulary;
    private readonly Action<int, int> _draw;
    private IReadOnlyList<BatchRow> _rows = [];
    private Turn[] _turns = [];
    private int _count;
    private int[] _due = [];
    private int _dueCount;
    private Tensor? _ids, _weights, _logits; // (room, K) int64, (room, K), (B, V)
    private int _room;
    private long* _idsAt;
    private float* _weightsAt;

    /// <param name="decoder">Decodes on the CPU.</param>
    /// <param name="rules">How steps are drawn.</param>
    /// <param name="layout">How wide a step is.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="seed">Of all randomness.</param>
    /// <param name="pool">Who works; belongs to the caller.</param>
    public RowDrawing(IDecoder decoder, StepRules rules, StepLayout layout, int vocabulary, ulong seed, WorkerPool pool)
    {
        (_decoder, _rules, _pool, _slots, _vocabulary) = (decoder, rules, pool, layout.Slots, vocabulary);
        _store = new StepStore(layout.Slots);
        _samplers = new RowSampler[pool.Workers];
        for (var i = 0; i < _samplers.Length; i++)
            _samplers[i] = new RowSampler(rules, vocabulary, layout.Hidden, seed, Lanes.Widest);
        _draw = DrawPiece;
    }

    /// <summary>Whether a law, or none, can be drawn so.</summary>
    public static bool Knows(StepLaw? law) => law is null or { HasRowForm: true, NeedsEmbedding: false };

    /// <inheritdoc/>
    public void Draw(IReadOnlyList<BatchRow> rows)
    {
        Reach(rows.Count);
        (_rows, _dueCount) = (rows, 0);
        var sampling = _rules.Sampling;
        for (var i = 0; i < rows.Count; i++)
        {
            ref var turn = ref _turns[i];
            if (rows[i].Fresh is { } fresh) turn.Logits = Data<float>(fresh.Logits) + ((long)fresh.Row * _vocabulary);
            if (turn.Logits is null) continue;
            turn.Place = rows[i].Thinking || sampling.Answer.IsStored ? _store.Take() : default;
            _due[_dueCount++] = i;
        }
        _pool.Run((_dueCount + PieceRows - 1) / PieceRows, _draw);
        for (var i = 0; i < _dueCount; i++)
        {
            var row = rows[_due[i]];
            row.Fresh = null;
            _rules.Take(row, _turns[_due[i]].Step);
        }
        _count = rows.Count;
        _rows = [];
    }

    /// <inheritdoc/>
    public void Keep(ReadOnlySpan<int> rows)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i] == i) continue; // others fill gaps from behind, so nothing is overwritten that is still to be read
            _turns[i] = _turns[rows[i]];
            new ReadOnlySpan<long>(_idsAt + ((long)rows[i] * _slots), _slots).CopyTo(new Span<long>(Ids(i), _slots));
            new ReadOnlySpan<float>(_weightsAt + ((long)rows[i] * _slots), _slots).CopyTo(new Span<float>(Weights(i), _slots));
        }
        for (var i = rows.Length; i < _turns.Length; i++) _turns[i] = default;
        _count = rows.Length;
    }

    /// <inheritdoc/>
    public void Feed()
    {
        using var ids = _ids!.narrow(0, 0, _count); // (B, K)
        using var weights = _weights!.narrow(0, 0, _count); // (B, K)
        _logits?.Dispose();
        _logits = null;
        _logits = _decoder.Step(ids, weights); // (B, V)
        var at = Data<float>(_logits);
        for (var i = 0; i < _count; i++) _turns[i].Logits = at + ((long)i * _vocabulary);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ids?.Dispose();
        _weights?.Dispose();
        _logits?.Dispose();
    }

    private void DrawPiece(int worker, int piece)
    {
        var end = Math.Min(_dueCount, (piece + 1) * PieceRows);
        for (var i = piece * PieceRows; i < end; i++)
        {
            var at = _due[i];
            ref var turn = ref _turns[at];
            turn.Step = _samplers[worker].Draw(_rows[at], turn.Logits, turn.Place);
            turn.Logits = null;
            Input(at, turn.Step);
        }
    }

    /// <summary>Writes down what a step feeds.</summary>
    private void Input(int row, in Step step)
    {
        var ids = new Span<long>(Ids(row), _slots);
        var weights = new Span<float>(Weights(row), _slots);
        if (step.Kind is StepKind.Soft or StepKind.HardOnSupport)
        {
            step.Slots.Ids.Span.CopyTo(ids);
            step.Slots.Weights.Span.CopyTo(weights);
            return;
        }
        ids.Clear();
        weights.Clear();
        (ids[0], weights[0]) = (step.Token, 1);
    }

    private long* Ids(int row) => _idsAt + ((long)row * _slots);

    private float* Weights(int row) => _weightsAt + ((long)row * _slots);

    private void Reach(int rows)
    {
        if (rows <= _room) return;
        var room = Math.Max(rows, 2 * _room);
        Array.Resize(ref _turns, room);
        _due = new int[room];
        Tensor ids = zeros([room, _slots], ScalarType.Int64).DetachFromDisposeScope();
        Tensor weights = zeros([room, _slots], ScalarType.Float32).DetachFromDisposeScope();
        new ReadOnlySpan<long>(_idsAt, _count * _slots).CopyTo(new Span<long>(Data<long>(ids), room * _slots));
        new ReadOnlySpan<float>(_weightsAt, _count * _slots).CopyTo(new Span<float>(Data<float>(weights), room * _slots));
        _ids?.Dispose();
        _weights?.Dispose();
        (_ids, _weights, _room) = (ids, weights, room);
        _idsAt = Data<long>(ids);
        _weightsAt = Data<float>(weights);
    }

    private static T* Data<T>(Tensor tensor) where T : unmanaged => (T*)NativeTensor.Start(tensor);

    /// <summary>A row's next draw, and what came of it.</summary>
    private struct Turn
    {
        /// <summary>V, until a step is drawn from them.</summary>
        public float* Logits;

        public StepStore.Place Place;
        public Step Step;
    }
}
