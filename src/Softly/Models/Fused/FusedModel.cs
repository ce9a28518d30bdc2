using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// A decoder's forward and backward pass in few large steps: sequences packed without filling, a prompt computed once for all its
/// completions, products of dense blocks from the caches (<see cref="BlockProduct"/>) with norms, rotary positions, attention and
/// SwiGLU between them in vectors, whole groups shared out to workers. The numbers are those of <see cref="Decoder.Forward(Tensor)"/>
/// up to rounding; tests hold the two together.
/// </summary>
/// <remarks>
/// With bfloat16 products, weights and a product's inputs are rounded to bfloat16, and so are the activations kept for backward;
/// sums, the residual stream, norms, attention and all gradients of parameters are in single precision. Parameters are read anew
/// in every pass. Sums over rows are taken in one order for any number of workers. Gradients of matrices are
/// added to their <c>grad</c> in place, without a tensor of its size on the way: they are had by <c>backward()</c>, not by
/// <c>autograd.grad</c>. Not thread-safe.
/// </remarks>
public sealed unsafe class FusedModel : IDisposable
{
    private readonly Decoder _model;
    private readonly DecoderConfig _config;
    private readonly FusedLayerWeights[] _layers;
    private readonly FusedLinear _head;
    private readonly FusedWorkspace[] _workspaces;
    private readonly WorkerPool _pool;
    private readonly RowKernels _kernels = RowKernels.Widest;
    private readonly float _epsilon;
    private readonly double[] _frequencies;
    private readonly Stack<Arena> _arenas = [];
    private readonly Arena _transient = new();
    private float[] _angles = [];
    private bool _disposed;

    /// <param name="model">The model, in single precision on the CPU, without an adapter; belongs to the caller.</param>
    /// <param name="half">Products in bfloat16 rather than single precision.</param>
    /// <param name="workers">Threads that compute, the calling one included.</param>
    /// <exception cref="NotSupportedException">What cannot work, with the remedy.</exception>
    public FusedModel(Decoder model, bool half, int workers)
    {
        if (Problem(model.Config, model.Type, model.Device, model.Adapter is not null, half) is { } problem)
            throw new NotSupportedException(problem);
        (_model, _config, IsHalf) = (model, model.Config, half);
        _layers = [.. model.Layers.Select(l => new FusedLayerWeights(l, half))];
        _head = new FusedLinear(model.Head, null, half);
        _workspaces = [.. Enumerable.Range(0, workers).Select(_ => new FusedWorkspace(_config, half))];
        _pool = new WorkerPool(workers);
        _epsilon = (float)_config.NormEpsilon;
        _frequencies = RotaryEmbedding.Frequencies(_config);
    }

    /// <summary>Whether libtorch has generated products here, without which its own passes are faster.</summary>
    public static bool IsFast => BlockProduct.IsGenerated;

    /// <summary>Why a model cannot have fused passes, with the remedy in a recipe's words; null where it can.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="type">The type of its parameters.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="adapter">Whether an adapter is trained.</param>
    /// <param name="half">Whether products are to be of bfloat16.</param>
    public static string? Problem(DecoderConfig config, ScalarType type, Device device, bool adapter, bool half)
    {
        if (device.type != DeviceType.CPU) return "update_engine fused works on the CPU: set device: cpu, or update_engine: torch";
        if (type != ScalarType.Float32)
            return $"update_engine fused needs parameters in float32, and the model's are {type}: set update_engine: torch";
        if (adapter) return "update_engine fused knows no adapter: set update_engine: torch";
        if (half && !BlockProduct.HasHalf)
            return "this processor has no products in bfloat16 (AVX512_BF16): set update_dtype: float32";
        return half && (config.HiddenSize % 2 == 1 || config.IntermediateSize % 2 == 1)
            ? "update_dtype bfloat16 needs an even hidden_size and intermediate_size: set update_dtype: float32"
            : null;
    }

    /// <summary>Whether products are of bfloat16.</summary>
    public bool IsHalf { get; }

    /// <summary>The output head, as <see cref="Pack"/> last saw it.</summary>
    internal FusedLinear Head => _head;

    /// <summary>Shares work out.</summary>
    internal WorkerPool Pool => _pool;

    /// <summary>Numbers that norms and biases of a layer have.</summary>
    private int SmallOfLayer => (2 * _config.HiddenSize) + (_config.QkvBias ? _layers[0].Qkv.Outputs : 0)
        + (_config.OutputBias ? _config.HiddenSize : 0)
        + (_config.FeedForwardBias ? (2 * _config.IntermediateSize) + _config.HiddenSize : 0)
        + (_config.QkNorm ? 2 * _config.HeadSize : 0);

    /// <summary>The whole pass, with a graph where gradients are asked for.</summary>
    /// <param name="inputs">Input embeddings (N, D).</param>
    /// <param name="layout">Which of the N positions belong together.</param>
    /// <returns>Normalised hidden states (N, D).</returns>
    public Tensor Forward(Tensor inputs, PackedLayout layout)
    {
        var parameters = Parameters();
        var kept = !is_grad_enabled() || !(inputs.requires_grad || parameters.Any(p => p.requires_grad)) ? Kept.Nothing
            : _model.Recomputes ? Kept.Inputs : Kept.All;
        if (kept != Kept.Nothing) MakeGradients(parameters);
        return FusedPass.Of(this, inputs, layout, kept, parameters);
    }

    /// <summary>Gives every matrix that wants a gradient zeros to add to, so that no pass needs another tensor of its size.</summary>
    private void MakeGradients(Tensor[] parameters)
    {
        foreach (var matrix in parameters.Where(p => p.dim() > 1).Append(_model.Head))
        {
            if (!matrix.requires_grad || matrix.grad is not null) continue;
            using var scope = NewDisposeScope();
            matrix.sum().backward(); // TorchSharp cannot set a gradient
            using var off = no_grad();
            matrix.grad!.zero_();
        }
    }

    /// <summary>Everything a pass reads and its backward pass has a gradient for, in the model's order.</summary>
    private Tensor[] Parameters() => [.. _model.Layers.SelectMany(l => l.Parameters), _model.Norm];

    /// <summary>Reads the parameters' present values into the order of products.</summary>
    /// <param name="backward">Whether a backward pass will follow.</param>
    internal void Pack(bool backward)
    {
        var maps = _layers.SelectMany(l => l.Maps).Append(_head).ToArray();
        var pieces = maps.SelectMany(m => Enumerable.Range(0, m.Pieces(backward)).Select(p => (m, p)))
            .ToArray();
        _pool.Run(pieces.Length, (_, i) => pieces[i].m.Pack(pieces[i].p));
    }

    /// <summary>Hidden states of a batch; what backward needs stays in the returned state.</summary>
    internal FusedState Run(float* inputs, float* outputs, PackedLayout layout, Kept kept)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Pack(kept != Kept.Nothing);
        Angles(layout);
        var shards = FusedShard.Cut(layout, _config);
        var arena = kept == Kept.Nothing ? _transient : _arenas.TryPop(out var free) ? free : new Arena();
        arena.Reset(shards.Sum(s => s.Bytes(_config, kept, IsHalf)));
        foreach (var shard in shards) shard.Lay(arena, _config, kept, IsHalf);
        _pool.Run(shards.Length, (worker, i) => Forward(shards[i], inputs, outputs, layout, _workspaces[worker]));
        return new FusedState(this, layout, kept, shards, kept == Kept.Nothing ? null : arena);
    }

    /// <summary>Takes an arena back.</summary>
    internal void Return(Arena arena) => _arenas.Push(arena);

    private void Forward(FusedShard shard, float* inputs, float* outputs, PackedLayout layout, FusedWorkspace work)
    {
        long d = _config.HiddenSize;
        work.Reach(shard);
        var x = shard.Layers[0].Input;
        new ReadOnlySpan<float>(inputs + (shard.First * d), checked((int)(shard.Tokens * d)))
            .CopyTo(new Span<float>(x, checked((int)(shard.Tokens * d))));
        new Span<float>(x + (shard.Tokens * d), (int)((shard.Rows - shard.Tokens) * d)).Clear();
        for (var i = 0; i < _layers.Length; i++)
            Forward(_layers[i], shard, shard.Layers[i], shard.OutputOf(i), layout, work);
        var norm = NativeTensor.Floats(_model.Norm);
        for (var row = 0; row < shard.Tokens; row++)
            _kernels.Normalize(shard.Output + (row * d), norm, outputs + ((shard.First + row) * d), (int)d, _epsilon);
    }

    private void Forward(
        FusedLayerWeights layer, FusedShard shard, in LayerPlanes planes, float* output, PackedLayout layout, FusedWorkspace work)
    {
        int d = _config.HiddenSize, f = _config.IntermediateSize;
        for (var row = 0; row < shard.Rows; row += FusedWorkspace.Block)
        {
            var rows = Math.Min(FusedWorkspace.Block, shard.Rows - row);
            Normalize(planes.Input + ((long)row * d), layer.InputNorm, work.First, rows);
            var qkv = planes.Qkv.Open(row, work.Second);
            layer.Qkv.Forward.Multiply(work.AsOperand(work.First, rows * d), d, rows, qkv, layer.Qkv.Outputs);
            AddBias(layer.Qkv, qkv, rows);
            if (_config.QkNorm) NormalizeHeads(layer, qkv, planes.Raw, row, rows, work.First);
            Rotate(qkv, shard, row, rows, layout, back: false);
            planes.Qkv.Write(row, rows, qkv);
        }
        Attend(shard, planes, work);
        for (var row = 0; row < shard.Rows; row += FusedWorkspace.Block)
        {
            var rows = Math.Min(FusedWorkspace.Block, shard.Rows - row);
            var middle = planes.Middle + ((long)row * d);
            Copy(planes.Input + ((long)row * d), middle, rows * d);
            layer.Output.Forward.Multiply(planes.Mixed.At(row), planes.Mixed.Width, rows, middle, d, add: true);
            AddBias(layer.Output, middle, rows);

            Normalize(middle, layer.FeedForwardNorm, work.First, rows);
            var gateUp = planes.GateUp.Open(row, work.Second);
            layer.GateUp.Forward.Multiply(work.AsOperand(work.First, rows * d), d, rows, gateUp, 2 * f);
            AddBias(layer.GateUp, gateUp, rows);
            for (var i = 0; i < rows; i++)
                _kernels.Gate(gateUp + ((long)i * 2 * f), gateUp + ((long)i * 2 * f) + f, work.First + ((long)i * f), f);
            planes.GateUp.Write(row, rows, gateUp);
            var to = output + ((long)row * d);
            Copy(middle, to, rows * d);
            layer.Down.Forward.Multiply(work.AsOperand(work.First, rows * f), f, rows, to, d, add: true);
            AddBias(layer.Down, to, rows);
        }
    }

    /// <summary>Attention of all groups; rows that only fill a tile stay zero.</summary>
    private void Attend(FusedShard shard, in LayerPlanes planes, FusedWorkspace work)
    {
        foreach (var group in shard.Groups) work.Attention.Forward(group, shard.First, planes.Qkv, planes.Mixed, planes.LogSums);
        var bytes = planes.Mixed.Width * (IsHalf ? sizeof(ushort) : sizeof(float));
        new Span<byte>(planes.Mixed.At(shard.Tokens), (shard.Rows - shard.Tokens) * bytes).Clear();
    }

    /// <summary>Gradients of all parameters, in the order in which a pass takes them in, and of the inputs.</summary>
    internal (Tensor? Inputs, Tensor?[] Parameters) Backward(FusedState state, float* dOutputs, bool[] wanted, bool inputsWanted)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (state.IsSpent) throw new InvalidOperationException("a fused pass can be gone back through once: compute it again");
        var shards = state.Shards;
        var parameters = Parameters();
        // A matrix that has a gradient already is added to where it lies: another of its size would cost as some products do.
        var added = parameters.Select((p, i) => wanted[i] && p.dim() > 1 && p.grad is not null).ToArray();
        var tensors = parameters.Select((p, i) => added[i] ? p.grad : wanted[i] ? empty_like(p, requires_grad: false) : null)
            .ToArray();
        var dInputs = inputsWanted ? empty(state.Layout.Tokens, _config.HiddenSize) : null;
        var dInputsAt = (nint)(dInputs is null ? null : NativeTensor.Floats(dInputs));
        var (matrices, has) = Matrices(tensors, added);
        using var gradients = new FusedGradients(
            4 * _layers.Length, ((long)SmallOfLayer * _layers.Length) + _config.HiddenSize, shards.Length);
        var dOutputsAt = (nint)dOutputs;
        _pool.Run(shards.Length, (worker, i) =>
        {
            try
            {
                Backward(state, i, (float*)dOutputsAt, (float*)dInputsAt, matrices, has, gradients, _workspaces[worker]);
            }
            catch
            {
                gradients.Turns.Fail();
                throw;
            }
        });
        Spread(gradients.SmallTotal(shards.Length), tensors);
        return (dInputs, [.. tensors.Select((t, i) => added[i] ? null : t)]);
    }

    /// <summary>Where each layer's four matrices have their gradients, 0 where none is wanted; and which hold one already.</summary>
    private (nint[] At, bool[] Has) Matrices(Tensor?[] gradients, bool[] added)
    {
        var (found, has) = (new nint[4 * _layers.Length], new bool[4 * _layers.Length]);
        var at = 0;
        foreach (var (layer, index) in _model.Layers.Select((l, i) => (l, i)))
            foreach (var parameter in layer.Parameters)
            {
                var map = ReferenceEquals(parameter, layer.Qkv) ? 0 : ReferenceEquals(parameter, layer.Output) ? 1
                    : ReferenceEquals(parameter, layer.GateUp) ? 2 : ReferenceEquals(parameter, layer.Down) ? 3 : -1;
                if (map >= 0 && gradients[at] is { } gradient)
                    (found[(4 * index) + map], has[(4 * index) + map]) = ((nint)NativeTensor.Floats(gradient), added[at]);
                at++;
            }
        return (found, has);
    }

    /// <summary>Copies norms' and biases' gradients to their tensors.</summary>
    private void Spread(float* small, Tensor?[] gradients)
    {
        var at = 0;
        foreach (var parameter in Parameters())
        {
            var gradient = gradients[at++];
            if (parameter.dim() > 1) continue;
            var count = (int)parameter.numel();
            if (gradient is not null) Copy(small, NativeTensor.Floats(gradient), count);
            small += count;
        }
    }

    private void Backward(
        FusedState state, int index, float* dOutputs, float* dInputs, nint[] matrices, bool[] has, FusedGradients gradients,
        FusedWorkspace work)
    {
        var shard = state.Shards[index];
        long d = _config.HiddenSize;
        work.ReachBackward(shard);
        var small = gradients.Small(index);
        var norm = NativeTensor.Floats(_model.Norm);
        var dx = work.DResidual;
        new Span<float>(dx, checked((int)(shard.Rows * d))).Clear();
        for (var row = 0; row < shard.Tokens; row++)
            _kernels.NormalizeBackward(
                shard.Output + (row * d), norm, dOutputs + ((shard.First + row) * d), dx + (row * d),
                small + ((long)SmallOfLayer * _layers.Length), (int)d, _epsilon);
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            var planes = shard.Layers[i];
            if (state.Kept == Kept.Inputs)
                Forward(_layers[i], shard, planes, shard.OutputOf(i), state.Layout, work);
            var turns = new Turns(gradients, matrices, has, i, index);
            Backward(_layers[i], shard, planes, small + ((long)SmallOfLayer * i), turns, state.Layout, work);
        }
        if (dInputs is not null) Copy(dx, dInputs + (shard.First * d), checked((int)(shard.Tokens * d)));
    }

    /// <summary>A layer's matrices in one shard's backward pass.</summary>
    private readonly struct Turns(FusedGradients gradients, nint[] matrices, bool[] has, int layer, int shard)
    {
        /// <summary>Adds a product to a matrix's gradient when it is this shard's turn.</summary>
        public void Add(int map, in Turned dOutputs, int outputs, in Paired inputs, int columns, int rows)
        {
            var matrix = (4 * layer) + map;
            gradients.Turns.Await(matrix, shard);
            if (matrices[matrix] != 0)
                dOutputs.Multiply(outputs, outputs, inputs, columns, rows, (float*)matrices[matrix], add: has[matrix] || shard > 0);
            gradients.Turns.Pass(matrix);
        }
    }

    private void Backward(
        FusedLayerWeights layer, FusedShard shard, in LayerPlanes planes, float* small, in Turns turns, PackedLayout layout,
        FusedWorkspace work)
    {
        int d = _config.HiddenSize, f = _config.IntermediateSize, q = layer.Output.Inputs, all = shard.Rows;
        // Small gradients lie in the order of Layer.Parameters.
        float* dInputNorm = small, at = small + d;
        var dQkvBias = Next(_config.QkvBias, layer.Qkv.Outputs);
        float* dQueryNorm = Next(_config.QkNorm, _config.HeadSize), dKeyNorm = Next(_config.QkNorm, _config.HeadSize);
        var dOutputBias = Next(_config.OutputBias, d);
        var dFeedForwardNorm = Next(true, d);
        var dGateUpBias = Next(_config.FeedForwardBias, 2 * f);
        var dDownBias = Next(_config.FeedForwardBias, d);

        for (var row = 0; row < all; row += FusedWorkspace.Block)
        {
            var rows = Math.Min(FusedWorkspace.Block, all - row);
            float* dx = work.DResidual + ((long)row * d), middle = planes.Middle + ((long)row * d);
            var operand = work.AsOperand(dx, rows * d);
            work.Narrow.Put(operand, row, rows, d, work.Woven);
            SumRows(dx, rows, d, dDownBias);
            layer.Down.Backward.Multiply(operand, d, rows, work.First, f);

            var gateUp = planes.GateUp.Read(row, rows, work.Second);
            for (var i = 0; i < rows; i++)
            {
                float* gate = gateUp + ((long)i * 2 * f), inner = work.First + ((long)i * f);
                _kernels.GateBackward(gate, gate + f, inner, work.Third + ((long)i * f), gate, gate + f, f);
            }
            work.Inner.Put(work.AsOperand(work.Third, rows * f), row, rows, f);
            operand = work.AsOperand(gateUp, rows * 2 * f);
            work.Wide.Put(operand, row, rows, 2 * f, work.Woven);
            SumRows(gateUp, rows, 2 * f, dGateUpBias);
            layer.GateUp.Backward.Multiply(operand, 2 * f, rows, work.First, d);

            NormalizeBackward(middle, layer.FeedForwardNorm, work.First, dx, dFeedForwardNorm, rows);
            Normalize(middle, layer.FeedForwardNorm, work.First, rows);
            work.Normed.Put(work.AsOperand(work.First, rows * d), row, rows, d);
        }
        turns.Add(3, work.Narrow, d, work.Inner, f, all);
        turns.Add(2, work.Wide, 2 * f, work.Normed, d, all);

        for (var row = 0; row < all; row += FusedWorkspace.Block)
        {
            var rows = Math.Min(FusedWorkspace.Block, all - row);
            var dMiddle = work.DResidual + ((long)row * d);
            var operand = work.AsOperand(dMiddle, rows * d);
            work.Narrow.Put(operand, row, rows, d, work.Woven);
            SumRows(dMiddle, rows, d, dOutputBias);
            layer.Output.Backward.Multiply(operand, d, rows, work.DMixed + ((long)row * q), q);
            work.Inner.Put(planes.Mixed.At(row), row, rows, q);
        }
        turns.Add(1, work.Narrow, d, work.Inner, q, all);

        var width = layer.Qkv.Outputs;
        foreach (var group in shard.Groups)
            work.Attention.Backward(group, shard.First, planes.Qkv, planes.Mixed, planes.LogSums, work.DMixed, work.DQkv);
        new Span<float>(work.DQkv + ((long)shard.Tokens * width), (all - shard.Tokens) * width).Clear();
        for (var row = 0; row < all; row += FusedWorkspace.Block)
        {
            var rows = Math.Min(FusedWorkspace.Block, all - row);
            float* dQkv = work.DQkv + ((long)row * width), dx = work.DResidual + ((long)row * d),
                input = planes.Input + ((long)row * d);
            Rotate(dQkv, shard, row, rows, layout, back: true);
            if (_config.QkNorm) NormalizeHeadsBackward(layer, dQkv, planes.Raw, row, rows, work, dQueryNorm, dKeyNorm);
            SumRows(dQkv, rows, width, dQkvBias);
            var operand = work.AsOperand(dQkv, rows * width);
            work.Wide.Put(operand, row, rows, width, work.Woven);
            layer.Qkv.Backward.Multiply(operand, width, rows, work.First, d);
            NormalizeBackward(input, layer.InputNorm, work.First, dx, dInputNorm, rows);
            Normalize(input, layer.InputNorm, work.First, rows);
            work.Normed.Put(work.AsOperand(work.First, rows * d), row, rows, d);
        }
        turns.Add(0, work.Wide, width, work.Normed, d, all);

        float* Next(bool there, int count)
        {
            if (!there) return null;
            at += count;
            return at - count;
        }
    }

    private void Normalize(float* x, float* weight, float* to, int rows)
    {
        var d = _config.HiddenSize;
        for (var i = 0; i < rows; i++, x += d, to += d) _kernels.Normalize(x, weight, to, d, _epsilon);
    }

    private void NormalizeBackward(float* x, float* weight, float* gradient, float* dx, float* dWeight, int rows)
    {
        var d = _config.HiddenSize;
        for (var i = 0; i < rows; i++, x += d, gradient += d, dx += d)
            _kernels.NormalizeBackward(x, weight, gradient, dx, dWeight, d, _epsilon);
    }

    /// <summary>Normalises the heads of queries and keys in place; <paramref name="raw"/> keeps what they were.</summary>
    private void NormalizeHeads(FusedLayerWeights layer, float* qkv, in Plane raw, int row, int rows, float* scratch)
    {
        int size = _config.HeadSize, width = layer.Qkv.Outputs;
        var before = raw.Open(row, scratch);
        for (var i = 0; i < rows; i++)
        {
            float* heads = qkv + ((long)i * width), to = before + ((long)i * raw.Width);
            Copy(heads, to, raw.Width);
            for (var head = 0; head < _config.Heads + _config.KeyValueHeads; head++, heads += size)
                _kernels.Normalize(heads, head < _config.Heads ? layer.QueryNorm : layer.KeyNorm, heads, size, _epsilon);
        }
        raw.Write(row, rows, before);
    }

    private void NormalizeHeadsBackward(
        FusedLayerWeights layer, float* dQkv, in Plane raw, int row, int rows, FusedWorkspace work, float* dQueryNorm,
        float* dKeyNorm)
    {
        int size = _config.HeadSize, width = layer.Qkv.Outputs;
        var before = raw.Read(row, rows, work.First);
        var gradient = work.Third;
        for (var i = 0; i < rows; i++)
        {
            float* heads = dQkv + ((long)i * width), x = before + ((long)i * raw.Width);
            for (var head = 0; head < _config.Heads + _config.KeyValueHeads; head++, heads += size, x += size)
            {
                var query = head < _config.Heads;
                Copy(heads, gradient, size);
                new Span<float>(heads, size).Clear();
                _kernels.NormalizeBackward(
                    x, query ? layer.QueryNorm : layer.KeyNorm, gradient, heads, query ? dQueryNorm : dKeyNorm, size, _epsilon);
            }
        }
    }

    /// <summary>Turns queries and keys by their positions, or back.</summary>
    private void Rotate(float* qkv, FusedShard shard, int row, int rows, PackedLayout layout, bool back)
    {
        int size = _config.HeadSize, half = size / 2, width = (_config.Heads + (2 * _config.KeyValueHeads)) * size;
        fixed (float* angles = _angles)
            for (var i = 0; i < rows && row + i < shard.Tokens; i++)
            {
                var cosines = angles + ((long)layout.Positions[shard.First + row + i] * size);
                _kernels.Rotate(
                    qkv + ((long)i * width), _config.Heads + _config.KeyValueHeads, size, cosines, cosines + half, back);
            }
    }

    /// <summary>Cosines, then sines, of every position up to the batch's last.</summary>
    private void Angles(PackedLayout layout)
    {
        int size = _config.HeadSize, half = size / 2, positions = layout.Positions.Max() + 1, known = _angles.Length / size;
        if (known >= positions) return;
        Array.Resize(ref _angles, positions * size);
        for (var p = known; p < positions; p++)
            for (var i = 0; i < half; i++)
            {
                var (sine, cosine) = Math.SinCos(p * _frequencies[i]);
                (_angles[(p * size) + i], _angles[(p * size) + half + i]) = ((float)cosine, (float)sine);
            }
    }

    private void AddBias(FusedLinear map, float* rows, int count)
    {
        if (map.Bias is null) return;
        for (var i = 0; i < count; i++, rows += map.Outputs) _kernels.Add(map.Bias, rows, map.Outputs);
    }

    private void SumRows(float* rows, int count, int width, float* to)
    {
        if (to is null) return;
        for (var i = 0; i < count; i++, rows += width) _kernels.Add(rows, to, width);
    }

    private static void Copy(float* from, float* to, int count) =>
        new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _pool.Dispose();
        foreach (var layer in _layers) layer.Dispose();
        _head.Dispose();
        foreach (var work in _workspaces) work.Dispose();
        foreach (var arena in _arenas) arena.Dispose();
        _transient.Dispose();
    }
}
