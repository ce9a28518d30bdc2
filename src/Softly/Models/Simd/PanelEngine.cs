using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Decoding by products of whole blocks: up to 64 rows at a time against panels of the weights. Where every worker can have a
/// block of its own, it does; with fewer rows all workers share each block, so that the weights pass through the caches once.
/// </summary>
internal sealed unsafe class PanelEngine : IDisposable
{
    private readonly PaddedShape _shape;
    private readonly DecoderConfig _config;
    private readonly PanelWeights _weights;
    private readonly WorkerPool _pool;
    private readonly PanelWorker[] _workers;
    private readonly PanelActivations[] _blocks;
    private readonly Team _team;
    private readonly Team[] _alone;
    private readonly Action<int, int> _stepAlone, _stepTogether, _readTogether;
    private StepInputs _step;
    private Reading _reading;
    private NativeFloats? _last;
    private int _pieces;

    /// <summary>Packs a model.</summary>
    /// <param name="shape">The padded shape, made for panels.</param>
    /// <param name="parameters">The model's parameters, which must live as long as this does.</param>
    /// <param name="rotary">The angles.</param>
    /// <param name="pool">The workers.</param>
    /// <param name="half">Whether products are of bfloat16.</param>
    public PanelEngine(
        PaddedShape shape, IReadOnlyDictionary<string, Tensor> parameters, RotaryTable rotary, WorkerPool pool, bool half)
    {
        (_shape, _config, _pool) = (shape, shape.Config, pool);
        _weights = new PanelWeights(shape, parameters, half, pool);
        _workers = new PanelWorker[pool.Workers];
        _blocks = new PanelActivations[pool.Workers];
        _alone = new Team[pool.Workers];
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i] = PanelWorker.Create(shape, _weights, rotary, half);
            _blocks[i] = new PanelActivations(shape, half);
            _alone[i] = new Team(1);
        }
        _team = new Team(pool.Workers);
        (_stepAlone, _stepTogether, _readTogether) = (StepAlone, StepTogether, ReadTogether);
    }

    /// <summary>Packs the parameters' present values.</summary>
    public void Refresh() => _weights.Refresh(_pool);

    /// <summary>Makes room for the scores of this many positions.</summary>
    public void Reach(int positions)
    {
        foreach (var worker in _workers) worker.Reach(positions);
    }

    /// <summary>Reads prompts into their segments.</summary>
    /// <param name="prompts">Their positions.</param>
    /// <param name="segments">One a prompt, filled to its whole length.</param>
    /// <param name="logits">After each prompt's last position.</param>
    /// <param name="stride">Numbers from one prompt's logits to the next's.</param>
    public void Read(
        IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, ReadOnlySpan<Segment> segments, float* logits, long stride)
    {
        var needed = (long)PaddedShape.Up(prompts.Count, PanelActivations.Capacity) * _shape.HiddenStride;
        if (_last is null || _last.Count < needed)
        {
            _last?.Dispose();
            _last = null;
            _last = new NativeFloats(needed);
        }
        foreach (var segment in segments) ClearValues(segment);
        _reading = new() { Prompts = prompts, Segments = segments.ToArray(), Logits = logits, Stride = stride };
        Together(_readTogether);
        _reading = default;
    }

    /// <summary>Feeds one position to every row.</summary>
    public void Step(in StepInputs inputs)
    {
        _step = inputs;
        var blocks = (inputs.Rows + PanelActivations.Capacity - 1) / PanelActivations.Capacity;
        if (blocks >= _pool.Workers)
        {
            _pieces = PaddedShape.Up(blocks, _pool.Workers);
            _pool.Run(_pieces, _stepAlone);
        }
        else
        {
            _pieces = blocks;
            Together(_stepTogether);
        }
        _step = default;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var worker in _workers) worker.Dispose();
        foreach (var block in _blocks) block.Dispose();
        _last?.Dispose();
        _weights.Dispose();
    }

    // Each piece is one member of the team, so that every worker takes exactly one.
    private void Together(Action<int, int> work)
    {
        _team.Reset();
        _pool.Run(_team.Size, work);
    }

    private (int First, int Rows) Piece(int piece)
    {
        var first = (int)((long)_step.Rows * piece / _pieces);
        return (first, (int)((long)_step.Rows * (piece + 1) / _pieces) - first);
    }

    private float* Logits(int row) => _step.Logits + ((long)row * _config.VocabularySize);

    private void StepAlone(int worker, int piece)
    {
        var (first, rows) = Piece(piece);
        if (rows == 0) return;
        var (block, own) = (_blocks[worker], _workers[worker]);
        Prepare(block, first, rows);
        for (var row = 0; row < rows; row++) Add(own, block, row, first + row);
        own.Forward(_alone[worker], block);
        own.Head(_alone[worker], block.Hidden, rows, Logits(first), _config.VocabularySize);
    }

    private void StepTogether(int worker, int member)
    {
        try
        {
            var (block, own) = (_blocks[0], _workers[worker]);
            for (var piece = 0; piece < _pieces; piece++)
            {
                var (first, rows) = Piece(piece);
                if (member == 0) Prepare(block, first, rows);
                _team.Meet();
                for (var row = _team.Claim(); row < rows; row = _team.Claim()) Add(own, block, row, first + row);
                _team.Meet();
                own.Forward(_team, block);
                own.Head(_team, block.Hidden, rows, Logits(first), _config.VocabularySize);
            }
        }
        catch (Exception failure)
        {
            _team.Break(failure);
            throw;
        }
    }

    private void Prepare(PanelActivations block, int first, int rows)
    {
        block.Clear(rows);
        block.Reading = false;
        for (var row = 0; row < rows; row++)
            (block.Prompts[row], block.Own[row]) = (_step.Prompts[first + row], _step.Own[first + row]);
        block.Cut();
    }

    private void Add(PanelWorker worker, PanelActivations block, int row, int of)
    {
        var at = (long)of * _step.Slots;
        for (var k = 0; k < _step.Slots; k++) worker.Add(block, row, _step.Ids[at + k], _step.Weights[at + k]);
        if (_step.Vectors is not null)
            worker.Add(block, row, new ReadOnlySpan<float>(_step.Vectors + ((long)of * _config.HiddenSize), _config.HiddenSize));
    }

    // All prompts' positions one after the other, in blocks that all workers share. A long prompt's blocks follow each other, so
    // that what a block attends to is there.
    private void ReadTogether(int worker, int member)
    {
        try
        {
            var (block, own, prompts) = (_blocks[0], _workers[worker], _reading.Prompts);
            int prompt = 0, position = 0;
            while (prompt < prompts.Count)
            {
                var (nextPrompt, nextPosition) = (prompt, position);
                var rows = 0;
                if (member == 0) block.Clear(PanelActivations.Capacity);
                for (; rows < PanelActivations.Capacity && nextPrompt < prompts.Count; rows++)
                {
                    if (member == 0)
                        (block.Prompts[rows], block.Own[rows]) =
                            (_reading.Segments[nextPrompt] with { Length = nextPosition + 1 }, default);
                    if (++nextPosition == prompts[nextPrompt].Count) (nextPrompt, nextPosition) = (nextPrompt + 1, 0);
                }
                if (member == 0)
                {
                    (block.Rows, block.Reading) = (rows, true);
                    block.Cut();
                }
                _team.Meet();
                for (var row = _team.Claim(); row < rows; row = _team.Claim()) AddPosition(own, block, row, prompt, position);
                _team.Meet();
                own.Forward(_team, block);
                if (member == 0) SetAside(block, prompt);
                (prompt, position) = (nextPrompt, nextPosition);
                _team.Meet();
            }
            for (var first = 0; first < prompts.Count; first += PanelActivations.Capacity)
                own.Head(
                    _team, _last!.Start + ((long)first * _shape.HiddenStride),
                    Math.Min(PanelActivations.Capacity, prompts.Count - first), _reading.Logits + (first * _reading.Stride),
                    _reading.Stride);
        }
        catch (Exception failure)
        {
            _team.Break(failure);
            throw;
        }
    }

    // The row's position counts on from the block's first.
    private void AddPosition(PanelWorker worker, PanelActivations block, int row, int prompt, int position)
    {
        for (position += row; position >= _reading.Prompts[prompt].Count; prompt++) position -= _reading.Prompts[prompt].Count;
        var (ids, weights) = _reading.Prompts[prompt][position];
        for (var k = 0; k < ids.Length; k++) worker.Add(block, row, ids[k], weights[k]);
    }

    // The last positions of the prompts that end in the block, for the head.
    private void SetAside(PanelActivations block, int prompt)
    {
        var count = _shape.HiddenStride;
        for (var row = 0; row < block.Rows; row++)
            if (block.Prompts[row].Length == _reading.Prompts[prompt].Count)
                new ReadOnlySpan<float>(block.Hidden + ((long)row * count), count)
                    .CopyTo(new Span<float>(_last!.Start + ((long)prompt++ * count), count));
    }

    // A product takes whole panels of positions: what fills the last must be numbers, for zero times anything else is none.
    private void ClearValues(Segment segment)
    {
        var layer = _shape.LayerCache(segment.Capacity);
        var keys = _shape.KeyCache(segment.Capacity);
        for (var i = 0; i < _config.Layers; i++)
            new Span<float>(segment.Memory + (i * layer) + keys, (int)(layer - keys)).Clear();
    }

    /// <summary>One position for every row.</summary>
    internal struct StepInputs
    {
        /// <summary>How many rows.</summary>
        public int Rows;

        /// <summary>What each shares, and what it owns with the present position; both at least <see cref="Rows"/>.</summary>
        public Segment[] Prompts, Own;

        /// <summary>(rows, slots).</summary>
        public long* Ids;

        /// <summary>(rows, slots).</summary>
        public float* Weights;

        /// <summary>(rows, D), or null for none.</summary>
        public float* Vectors;

        /// <summary>Tokens of a mixture.</summary>
        public int Slots;

        /// <summary>(rows, V).</summary>
        public float* Logits;
    }

    private struct Reading
    {
        public IReadOnlyList<IReadOnlyList<MixtureRow>> Prompts;
        public Segment[] Segments;
        public float* Logits;
        public long Stride;
    }
}
