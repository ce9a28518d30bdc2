using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Softly.Models;

/// <summary>8 lanes: AVX2.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count => 8;

    [MethodImpl(Inline)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(Inline)]
    public static void Store(Vector256<float> value, float* to) => value.Store(to);

    [MethodImpl(Inline)]
    public static Vector256<float> All(float value) => Vector256.Create(value);

    [MethodImpl(Inline)]
    public static Vector256<float> Add(Vector256<float> left, Vector256<float> right) => left + right;

    [MethodImpl(Inline)]
    public static Vector256<float> Subtract(Vector256<float> left, Vector256<float> right) => left - right;

    [MethodImpl(Inline)]
    public static Vector256<float> Multiply(Vector256<float> left, Vector256<float> right) => left * right;

    [MethodImpl(Inline)]
    public static Vector256<float> Divide(Vector256<float> left, Vector256<float> right) => left / right;

    [MethodImpl(Inline)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
        Lanes.Fused ? Vector256.FusedMultiplyAdd(left, right, addend) : (left * right) + addend;

    [MethodImpl(Inline)]
    public static Vector256<float> Max(Vector256<float> left, Vector256<float> right) => Vector256.MaxNative(left, right);

    [MethodImpl(Inline)]
    public static Vector256<float> Min(Vector256<float> left, Vector256<float> right) => Vector256.MinNative(left, right);

    [MethodImpl(Inline)]
    public static Vector256<float> Leading(Vector256<float> value, int kept) => Vector256.ConditionalSelect(
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(kept)).AsSingle(), value,
        Vector256.Create(float.NegativeInfinity));

    [MethodImpl(Inline)]
    public static Vector256<float> PowerOfTwo(Vector256<float> bits) =>
        ((bits.AsInt32() << 23) + Vector256.Create(1f).AsInt32()).AsSingle();

    [MethodImpl(Inline)]
    public static float Sum(Vector256<float> value) => Lanes128.Sum(value.GetLower() + value.GetUpper());

    [MethodImpl(Inline)]
    public static float Highest(Vector256<float> value) =>
        Lanes128.Highest(Vector128.MaxNative(value.GetLower(), value.GetUpper()));
}
