using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>
/// AdamW (arXiv 1711.05101) by libtorch's fused kernel: one call updates all parameters in place, on any device. TorchSharp does
/// not bind the operator; it is called by name through libtorch's stable C interface.
/// </summary>
/// <param name="parameters">What is updated. Their gradients are read at every step.</param>
/// <param name="beta1">Decay of the mean.</param>
/// <param name="beta2">Decay of the square.</param>
/// <param name="epsilon">Added to the root.</param>
/// <param name="weightDecay">Decoupled decay of matrices; norms and biases do not decay, as in Hugging Face's trainers.</param>
public sealed unsafe class FusedAdamW(
    IReadOnlyList<Tensor> parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    : IDisposable
{
    private readonly Tensor[] _means = [.. parameters.Select(p => zeros_like(p, requires_grad: false).DetachFromDisposeScope())];
    private readonly Tensor[] _squares =
        [.. parameters.Select(p => zeros_like(p, requires_grad: false).DetachFromDisposeScope())];
    private readonly Tensor[] _counts =
        [.. parameters.Select(p => zeros([], ScalarType.Float32, p.device).DetachFromDisposeScope())];

    /// <summary>First moments, one a parameter: part of a checkpoint.</summary>
    public IReadOnlyList<Tensor> Means => _means;

    /// <summary>Second moments, one a parameter: part of a checkpoint.</summary>
    public IReadOnlyList<Tensor> Squares => _squares;

    /// <summary>How many updates there were.</summary>
    public int Updates { get; private set; }

    /// <summary>
    /// Continues from a checkpoint whose moments were copied into <see cref="Means"/> and <see cref="Squares"/>.
    /// </summary>
    public void ContinueFrom(int updates)
    {
        Updates = updates;
        using var off = no_grad();
        foreach (var count in _counts)
        {
            using var value = Scalars.Upload(new[] { (float)updates }, count.device, 1);
            using var scalar = value.squeeze(0);
            count.copy_(scalar);
        }
    }

    /// <summary>One update. Parameters without a gradient keep their value.</summary>
    public void Step(double learningRate)
    {
        using var off = no_grad();
        Updates++;
        var withGradient = Enumerable.Range(0, parameters.Count).Where(i => parameters[i].grad is not null)
            .ToLookup(i => parameters[i].dim() > 1);
        Step([.. withGradient[true]], learningRate, weightDecay);
        Step([.. withGradient[false]], learningRate, 0);
        GC.KeepAlive(parameters);
    }

    private void Step(int[] which, double learningRate, double decay)
    {
        if (which.Length == 0) return;
        using var scope = NewDisposeScope();
        nint[] lists =
        [
            List(which.Select(i => parameters[i])), List(which.Select(i => parameters[i].grad!)),
            List(which.Select(i => _means[i])), List(which.Select(i => _squares[i])),
            List([]), List(which.Select(i => _counts[i])),
        ];
        _one ??= ones([], ScalarType.Float32, parameters[0].device).DetachFromDisposeScope();
        foreach (var i in which) _counts[i].add_(_one, Scalars.One);

        // _fused_adamw_(self, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, state_steps, lr, beta1, beta2, weight_decay, eps,
        // amsgrad, maximize, grad_scale?, found_inf?)
        var stack = stackalloc ulong[15];
        for (var i = 0; i < lists.Length; i++) stack[i] = (ulong)lists[i];
        double[] numbers = [learningRate, beta1, beta2, decay, epsilon];
        for (var i = 0; i < numbers.Length; i++) stack[6 + i] = BitConverter.DoubleToUInt64Bits(numbers[i]);
        for (var i = 11; i < 15; i++) stack[i] = 0; // two flags off, two optional tensors absent
        Check(torch_call_dispatcher("aten::_fused_adamw_", "", stack, AbiVersion), "_fused_adamw_");
        GC.KeepAlive(parameters);
    }

    private Tensor? _one;

    /// <summary>A list of tensors for the dispatcher, which takes ownership of it and of the handles in it.</summary>
    private static nint List(IEnumerable<Tensor> tensors)
    {
        var all = tensors.ToArray();
        Check(torch_new_list_reserve_size((nuint)all.Length, out var list), "torch_new_list_reserve_size");
        foreach (var tensor in all)
        {
            Check(aoti_torch_new_tensor_handle(tensor.Handle, out var handle), "aoti_torch_new_tensor_handle");
            Check(torch_list_push_back(list, (ulong)handle), "torch_list_push_back");
        }
        return list;
    }

    private static void Check(int error, string call)
    {
        if (error != 0)
            throw new InvalidOperationException($"libtorch refused {call} (error {error}): this library needs libtorch 2.10.");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in _means.Concat(_squares).Concat(_counts)) tensor.Dispose();
        _one?.Dispose();
    }

    private const ulong AbiVersion = (2UL << 56) | (10UL << 48); // 2.10

    [DllImport("torch_cpu")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int torch_call_dispatcher(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string op, [MarshalAs(UnmanagedType.LPUTF8Str)] string overload, ulong* stack,
        ulong version);

    [DllImport("torch_cpu")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int torch_new_list_reserve_size(nuint size, out nint list);

    [DllImport("torch_cpu")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int torch_list_push_back(nint list, ulong element);

    [DllImport("torch_cpu")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int aoti_torch_new_tensor_handle(nint tensor, out nint handle);
}
