using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Softly.Models;

/// <summary>
/// The few vector operations that the kernels are written in. The kernels are generic over an implementation, so the compiler
/// makes one copy for each width from a single source.
/// </summary>
/// <typeparam name="V">A vector of single-precision numbers.</typeparam>
/// <remarks>
/// Products and sums are fused where the machine can, and in two steps elsewhere: never emulated, and always the same way in
/// one process, so that a row's numbers do not depend on when its code was compiled.
/// </remarks>
internal unsafe interface ILanes<V> where V : struct
{
    /// <summary>How many numbers a vector holds.</summary>
    static abstract int Count { get; }

    static abstract V Load(float* from);
    static abstract void Store(V value, float* to);
    static abstract V All(float value);
    static abstract V Add(V left, V right);
    static abstract V Subtract(V left, V right);
    static abstract V Multiply(V left, V right);
    static abstract V Divide(V left, V right);

    /// <summary>left · right + addend.</summary>
    static abstract V MultiplyAdd(V left, V right, V addend);

    /// <summary>The larger, lane by lane; <paramref name="right"/> where either is not a number (on x86).</summary>
    static abstract V Max(V left, V right);

    /// <summary>The smaller, lane by lane; <paramref name="right"/> where either is not a number (on x86).</summary>
    static abstract V Min(V left, V right);

    /// <summary>The first <paramref name="kept"/> lanes of <paramref name="value"/>, and −∞ in the others.</summary>
    static abstract V Leading(V value, int kept);

    /// <summary>Reads the lowest bits of each lane as an integer n and gives 2ⁿ.</summary>
    static abstract V PowerOfTwo(V bits);

    static abstract float Sum(V value);
    static abstract float Highest(V value);
}

/// <summary>What the machine offers.</summary>
internal static class Lanes
{
    /// <summary>Whether it multiplies and adds in one instruction.</summary>
    public static bool Fused
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.IsSupported;
    }

    /// <summary>Numbers in the widest vector that the machine computes with.</summary>
    public static int Widest => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
}
