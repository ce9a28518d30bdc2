using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>The memory of a tensor on the CPU, of any size.</summary>
internal static unsafe class NativeTensor
{
    /// <summary>The first number of a contiguous tensor; good for as long as the tensor lives.</summary>
    /// <exception cref="ArgumentException">It is not contiguous single precision on the CPU.</exception>
    public static float* Floats(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException(
                $"a tensor is {tensor.dtype} on {tensor.device}; the fused passes need contiguous Float32 on the CPU");
        return (float*)Start(tensor);
    }

    /// <summary>The first number of a contiguous tensor of int64.</summary>
    public static long* Integers(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Int64 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException($"a tensor is {tensor.dtype} on {tensor.device}; expected contiguous Int64 on the CPU");
        return (long*)Start(tensor);
    }

    /// <summary>The first byte of a contiguous tensor on the CPU; good for as long as the tensor lives.</summary>
    public static void* Start(Tensor tensor)
    {
        if (aoti_torch_get_data_ptr(tensor.Handle, out var start) != 0)
            throw new InvalidOperationException("libtorch refused aoti_torch_get_data_ptr: this library needs libtorch 2.10.");
        return (void*)start;
    }

    [DllImport("torch_cpu")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int aoti_torch_get_data_ptr(nint tensor, out nint start);
}
