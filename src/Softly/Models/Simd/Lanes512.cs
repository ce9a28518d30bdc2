using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Softly.Models;

/// <summary>16 lanes: AVX-512.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count => 16;

    [MethodImpl(Inline)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(Inline)]
    public static void Store(Vector512<float> value, float* to) => value.Store(to);

    [MethodImpl(Inline)]
    public static Vector512<float> All(float value) => Vector512.Create(value);

    [MethodImpl(Inline)]
    public static Vector512<float> Add(Vector512<float> left, Vector512<float> right) => left + right;

    [MethodImpl(Inline)]
    public static Vector512<float> Subtract(Vector512<float> left, Vector512<float> right) => left - right;

    [MethodImpl(Inline)]
    public static Vector512<float> Multiply(Vector512<float> left, Vector512<float> right) => left * right;

    [MethodImpl(Inline)]
    public static Vector512<float> Divide(Vector512<float> left, Vector512<float> right) => left / right;

    [MethodImpl(Inline)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
        Lanes.Fused ? Vector512.FusedMultiplyAdd(left, right, addend) : (left * right) + addend;

    [MethodImpl(Inline)]
    public static Vector512<float> Max(Vector512<float> left, Vector512<float> right) => Vector512.MaxNative(left, right);

    [MethodImpl(Inline)]
    public static Vector512<float> Min(Vector512<float> left, Vector512<float> right) => Vector512.MinNative(left, right);

    [MethodImpl(Inline)]
    public static Vector512<float> Leading(Vector512<float> value, int kept) => Vector512.ConditionalSelect(
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(kept)).AsSingle(), value,
        Vector512.Create(float.NegativeInfinity));

    [MethodImpl(Inline)]
    public static Vector512<float> PowerOfTwo(Vector512<float> bits) =>
        ((bits.AsInt32() << 23) + Vector512.Create(1f).AsInt32()).AsSingle();

    [MethodImpl(Inline)]
    public static float Sum(Vector512<float> value) => Lanes256.Sum(value.GetLower() + value.GetUpper());

    [MethodImpl(Inline)]
    public static float Highest(Vector512<float> value) =>
        Lanes256.Highest(Vector256.MaxNative(value.GetLower(), value.GetUpper()));
}
