using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// log softmax(h · Wᵀ) at one token a row, over the whole vocabulary: logits of a block of rows by some columns are computed,
/// used and forgotten, forward and backward, so that memory does not grow with the vocabulary (as in arXiv 2410.10989).
/// </summary>
internal sealed unsafe class FusedHead : autograd.SingleTensorFunction<FusedHead>
{
    private const int Block = FusedWorkspace.Block, RowsAtATime = 4 * Block, ColumnsAtATime = 4 * FactorPanels.Width;

    /// <inheritdoc />
    public override string Name => nameof(FusedHead);

    /// <summary>Log-probabilities of tokens.</summary>
    /// <param name="model">
    /// Whose head it is; its pass over the same parameters has just packed them.
    /// </param>
    /// <param name="hidden">(N, D).</param>
    /// <param name="head">(V, D): the model's.</param>
    /// <param name="tokens">(N) int64.</param>
    /// <returns>(N).</returns>
    public static Tensor Of(FusedModel model, Tensor hidden, Tensor head, Tensor tokens) => apply(model, hidden, head, tokens);

    /// <inheritdoc />
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (model, hidden, head, tokens) = ((FusedModel)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3]);
        using var scope = NewDisposeScope();
        var whole = hidden.detach().contiguous();
        Tensor result = empty(hidden.shape[0]), logSums = empty(hidden.shape[0]);
        Forward(model, whole, NativeTensor.Integers(tokens), NativeTensor.Floats(result), NativeTensor.Floats(logSums));
        ctx.save_for_backward([hidden, head, tokens, logSums.MoveToOuterDisposeScope()]);
        ctx.save_data(nameof(model), model);
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Free();
        var saved = ctx.get_saved_variables();
        var (hidden, head, tokens, logSums) = (saved[0], saved[1], saved[2], saved[3]);
        using var scope = NewDisposeScope();
        var dHidden = zeros(Padded(hidden), hidden.shape[1]); // rows that only fill the last tile are left out below
        // As for the layers' matrices: a gradient that is there already is added to where it lies.
        var existing = head.requires_grad ? head.grad : null;
        var dHead = existing ?? (head.requires_grad ? empty_like(head, requires_grad: false) : null);
        var (whole, gradient) = (hidden.detach().contiguous(), grad_output.contiguous());
        Backward(
            (FusedModel)ctx.get_data("model"), whole, NativeTensor.Integers(tokens), NativeTensor.Floats(logSums),
            NativeTensor.Floats(gradient), NativeTensor.Floats(dHidden),
            dHead is null ? null : NativeTensor.Floats(dHead), existing is not null);
        dHidden = dHidden.narrow(0, 0, hidden.shape[0]);
        foreach (var tensor in saved) tensor.Dispose();
        return HandedOver.Give(null, dHidden, existing is null ? dHead : null, null);
    }

    private static void Forward(FusedModel model, Tensor hidden, long* tokens, float* result, float* logSums)
    {
        var (head, count, kernels, padded) =
            (model.Head.Forward, (int)hidden.shape[0], RowKernels.Widest, Padded(hidden));
        using var operand = new Operand(hidden, model.IsHalf);
        var rowsOf = operand.Rows;
        var (to, sums, chosen) = ((nint)result, (nint)logSums, (nint)tokens);
        model.Pool.Run((count + RowsAtATime - 1) / RowsAtATime, (_, piece) =>
        {
            var logits = stackalloc float[Block * FactorPanels.Width];
            var highest = stackalloc float[RowsAtATime];
            var total = stackalloc float[RowsAtATime];
            var first = piece * RowsAtATime;
            var rows = Math.Min(RowsAtATime, count - first);
            new Span<float>(highest, rows).Fill(float.NegativeInfinity);
            new Span<float>(total, rows).Clear();
            for (var panel = 0; panel < head.Count; panel++)
            {
                int column = panel * FactorPanels.Width, columns = Math.Min(FactorPanels.Width, head.Columns - column);
                for (var row = 0; row < rows; row += Block)
                {
                    var tile = Math.Min(Block, padded - first - row);
                    head.Multiply(rowsOf.At(first + row), rowsOf.Width, tile, panel, logits, FactorPanels.Width, add: false);
                    for (var i = 0; i < Math.Min(tile, rows - row); i++)
                    {
                        var of = logits + (i * FactorPanels.Width);
                        kernels.LogSum(of, columns, ref highest[row + i], ref total[row + i]);
                        var token = ((long*)chosen)[first + row + i] - column;
                        if (token >= 0 && token < columns) ((float*)to)[first + row + i] = of[token];
                    }
                }
            }
            for (var i = 0; i < rows; i++)
            {
                var sum = highest[i] + MathF.Log(total[i]);
                ((float*)sums)[first + i] = sum;
                ((float*)to)[first + i] -= sum;
            }
        });
    }

    /// <summary>
    /// d log p(token) / d logits = one-hot(token) − p. Each piece is some columns by all rows: their rows of the head's gradient
    /// are its own, and what they add to the hidden states' gradient is added column after column.
    /// </summary>
    private static void Backward(
        FusedModel model, Tensor hidden, long* tokens, float* logSums, float* gradient, float* dHidden, float* dHead, bool add)
    {
        var (head, count, kernels, half) = (model.Head, (int)hidden.shape[0], RowKernels.Widest, model.IsHalf);
        int d = head.Inputs, padded = Padded(hidden);
        using var operand = new Operand(hidden, half);
        using var arena = new Arena();
        var workers = model.Pool.Workers;
        arena.Reset(Arena.Bytes((long)padded * d, half) + (workers * (Arena.Bytes(Turned.Room(padded) * ColumnsAtATime, half)
            + Arena.Bytes(Block * ColumnsAtATime) + (2 * Arena.Bytes(Block * ColumnsAtATime, half)))));
        var inputs = new Paired(arena.Rows(padded, d, half));
        inputs.Put(operand.Rows.At(0), 0, padded, d);
        var rooms = Enumerable.Range(0, workers).Select(_ => new Room(arena, padded, half)).ToArray();
        var turns = new OrderedTurns((padded + Block - 1) / Block);
        var rowsOf = operand.Rows;
        var (chosen, sums, by, to, toHead) = ((nint)tokens, (nint)logSums, (nint)gradient, (nint)dHidden, (nint)dHead);
        model.Pool.Run((head.Outputs + ColumnsAtATime - 1) / ColumnsAtATime, (worker, piece) =>
        {
            try
            {
                var room = rooms[worker];
                var first = piece * ColumnsAtATime;
                var columns = Math.Min(ColumnsAtATime, head.Outputs - first);
                var stride = half ? (columns + 1) & ~1 : columns; // products in bfloat16 take two columns at a time
                for (var row = 0; row < padded; row += Block)
                {
                    var rows = Math.Min(Block, padded - row);
                    for (var panel = 0; panel * FactorPanels.Width < columns; panel++)
                        head.Forward.Multiply(
                            rowsOf.At(row), d, rows, (first / FactorPanels.Width) + panel,
                            room.Logits + (panel * FactorPanels.Width), stride, add: false);
                    for (var i = 0; i < rows; i++)
                    {
                        var of = room.Logits + ((long)i * stride);
                        if (stride > columns) of[columns] = 0;
                        if (row + i >= count)
                        {
                            new Span<float>(of, columns).Clear();
                            continue;
                        }
                        var g = ((float*)by)[row + i];
                        kernels.SoftmaxGradient(of, columns, ((float*)sums)[row + i], -g);
                        var token = ((long*)chosen)[row + i] - first;
                        if (token >= 0 && token < columns) of[token] += g;
                    }
                    void* factor = room.Logits;
                    if (half)
                    {
                        Brain.Narrow(room.Logits, (ushort*)room.Rounded.At(0), rows * stride);
                        factor = room.Rounded.At(0);
                    }
                    if (toHead != 0) room.Columns.Put(factor, row, rows, stride, room.Woven);
                    turns.Await(row / Block, piece);
                    head.Backward.MultiplySome(
                        factor, stride, rows, first, columns, (float*)to + ((long)row * d), d, add: true);
                    turns.Pass(row / Block);
                }
                if (toHead != 0)
                    room.Columns.Multiply(columns, stride, inputs, d, padded, (float*)toHead + ((long)first * d), add);
            }
            catch
            {
                turns.Fail();
                throw;
            }
        });
    }

    private static int Padded(Tensor rows) => ((int)rows.shape[0] + FusedShard.Tile - 1) / FusedShard.Tile * FusedShard.Tile;

    /// <summary>Hidden states as the left factor of products, filled up to whole tiles with zeros.</summary>
    private sealed class Operand : IDisposable
    {
        private readonly Arena _arena = new();

        public Operand(Tensor hidden, bool half)
        {
            int count = (int)hidden.shape[0], d = (int)hidden.shape[1];
            var padded = Padded(hidden);
            _arena.Reset(Arena.Bytes((long)padded * d, half));
            Rows = _arena.Rows(padded, d, half);
            var from = NativeTensor.Floats(hidden);
            for (var row = 0; row < padded; row++)
            {
                var to = Rows.At(row);
                if (row >= count) new Span<byte>(to, d * (half ? sizeof(ushort) : sizeof(float))).Clear();
                else if (half) Brain.Narrow(from + ((long)row * d), (ushort*)to, d);
                else new ReadOnlySpan<float>(from + ((long)row * d), d).CopyTo(new Span<float>(to, d));
            }
        }

        public Plane Rows { get; }

        public void Dispose() => _arena.Dispose();
    }

    /// <summary>What one worker needs in backward.</summary>
    private sealed class Room(Arena arena, int rows, bool half)
    {
        public Turned Columns { get; } = new(arena.Rows(Turned.Room(rows), ColumnsAtATime, half));

        public float* Logits { get; } = arena.Floats(Block * ColumnsAtATime);

        public Plane Rounded { get; } = arena.Rows(Block, ColumnsAtATime, half);

        public Plane Woven { get; } = arena.Rows(Block, ColumnsAtATime, half);
    }
}
