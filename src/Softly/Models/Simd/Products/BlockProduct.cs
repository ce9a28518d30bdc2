using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Softly.Models;

/// <summary>
/// C = A · B or C += A · B of dense blocks that lie in the caches, on the calling thread. libtorch holds a generator of such
/// kernels for the processor at hand (oneDNN's); where its library has it, it is used, because .NET has no instruction for
/// products in bfloat16. Elsewhere single precision goes through <see cref="BlockKernel{L,V}"/>, and bfloat16 is not offered.
/// </summary>
/// <remarks>
/// An element's products are summed in the order of k, whatever rows and columns are computed beside it. A kernel is generated
/// for every size and stride, on every thread, and kept for good: callers use few, fixed or rounded up.
/// </remarks>
internal static unsafe class BlockProduct
{
    private static readonly delegate* unmanaged<
        long, long, long, long, long, long, byte, float*, float*, float*, byte, void> Single;

    private static readonly delegate* unmanaged<
        long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void> Half;

    static BlockProduct()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        if (!NativeLibrary.TryLoad("torch_cpu", typeof(BlockProduct).Assembly, DllImportSearchPath.SafeDirectories
            | DllImportSearchPath.AssemblyDirectory, out var library)) return;
        // at::native::cpublas::brgemm(M, N, K, lda, ldb, ldc, add, A, B, C, B in pairs)
        if (Avx512F.IsSupported
            && NativeLibrary.TryGetExport(library, "_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb", out var single))
            Single = (delegate* unmanaged<
                long, long, long, long, long, long, byte, float*, float*, float*, byte, void>)single;
        if (HasHalfInstructions && NativeLibrary.TryGetExport(
            library, "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb", out var half))
            Half = (delegate* unmanaged<
                long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void>)half;
    }

    /// <summary>Whether products in single precision are libtorch's generated ones.</summary>
    public static bool IsGenerated => Single is not null;

    /// <summary>Whether products of bfloat16 are offered.</summary>
    public static bool HasHalf => Half is not null;

    /// <summary>AVX512_BF16: leaf 7, subleaf 1, bit 5 of EAX.</summary>
    private static bool HasHalfInstructions => Avx512F.IsSupported && ((X86Base.CpuId(7, 1).Eax >> 5) & 1) == 1;

    /// <summary>C (m, n) = or += A (m, k) · B (k, n), all row by row with the given strides.</summary>
    public static void Multiply(
        float* a, int aStride, float* b, int bStride, float* c, int cStride, int m, int n, int k, bool add)
    {
        if (Single is not null)
            Single(m, n, k, aStride, bStride, cStride, add ? (byte)1 : (byte)0, a, b, c, 0);
        else if (Vector512.IsHardwareAccelerated)
            BlockKernel<Lanes512, Vector512<float>>.Multiply(a, aStride, b, bStride, c, cStride, m, n, k, add);
        else if (Vector256.IsHardwareAccelerated)
            BlockKernel<Lanes256, Vector256<float>>.Multiply(a, aStride, b, bStride, c, cStride, m, n, k, add);
        else
            BlockKernel<Lanes128, Vector128<float>>.Multiply(a, aStride, b, bStride, c, cStride, m, n, k, add);
    }

    /// <summary>The same of bfloat16 into single precision; k is even.</summary>
    /// <param name="a">(m, k).</param>
    /// <param name="aStride">Numbers from one row of A to the next.</param>
    /// <param name="b">(k / 2, n, 2): two rows of B lie interleaved.</param>
    /// <param name="bStride">Columns from one pair of rows of B to the next: at least n.</param>
    /// <param name="c">(m, n).</param>
    /// <param name="cStride">Numbers from one row of C to the next.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="add">Adds to C rather than overwrite it.</param>
    public static void Multiply(
        ushort* a, int aStride, ushort* b, int bStride, float* c, int cStride, int m, int n, int k, bool add) =>
        Half(m, n, k, aStride, bStride, cStride, add ? (byte)1 : (byte)0, a, b, c, 1);
}
