using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Softly.Models;

/// <summary>
/// What stands between the products of a layer, row by row in single precision, forward and backward. Rows may have any number
/// of elements: what does not fill a vector is computed element by element.
/// </summary>
internal abstract unsafe class RowKernels
{
    /// <summary>In the widest vectors of the machine.</summary>
    public static RowKernels Widest { get; } =
        Vector512.IsHardwareAccelerated ? new RowKernels<Lanes512, Vector512<float>>()
        : Vector256.IsHardwareAccelerated ? new RowKernels<Lanes256, Vector256<float>>()
        : new RowKernels<Lanes128, Vector128<float>>();

    /// <summary>RMSNorm: x · weight / √(mean x² + ε).</summary>
    public abstract void Normalize(float* x, float* weight, float* to, int count, float epsilon);

    /// <summary>
    /// Backward of <see cref="Normalize"/>: adds the gradient of x to <paramref name="dx"/>, that of the weight to
    /// <paramref name="dWeight"/>.
    /// </summary>
    public abstract void NormalizeBackward(
        float* x, float* weight, float* gradient, float* dx, float* dWeight, int count, float epsilon);

    /// <summary>SwiGLU: silu(gate) · up.</summary>
    public abstract void Gate(float* gate, float* up, float* to, int count);

    /// <summary>Backward of <see cref="Gate"/>, which it computes too; gradients may overwrite gate and up.</summary>
    public abstract void GateBackward(
        float* gate, float* up, float* gradient, float* to, float* dGate, float* dUp, int count);

    /// <summary>Turns heads by their position, or back; element i of the first half with element i of the second.</summary>
    public abstract void Rotate(float* heads, int count, int size, float* cosines, float* sines, bool back);

    /// <summary>Softmax in place of the first <paramref name="seen"/> scores, 0 in the others; gives log Σ exp.</summary>
    public abstract float Softmax(float* scores, int seen, int count);

    /// <summary>exp(score − <paramref name="logSum"/>) in place of the first scores, 0 in the others.</summary>
    public abstract void Weights(float* scores, int seen, int count, float logSum);

    /// <summary>weight · (gradient − mean), in place of the gradient.</summary>
    public abstract void SoftmaxBackward(float* weights, float* gradient, int count, float mean);

    /// <summary>
    /// Takes more scores into a log-sum: <paramref name="highest"/> of all so far, and <paramref name="total"/> of exp(score −
    /// highest).
    /// </summary>
    public abstract void LogSum(float* scores, int count, ref float highest, ref float total);

    /// <summary>factor · exp(score − <paramref name="logSum"/>), in place.</summary>
    public abstract void SoftmaxGradient(float* scores, int count, float logSum, float factor);

    /// <summary>Σ a · b.</summary>
    public abstract float Dot(float* a, float* b, int count);

    /// <summary>to += a.</summary>
    public abstract void Add(float* a, float* to, int count);

    /// <summary>to = factor · a.</summary>
    public abstract void Scale(float* a, float factor, float* to, int count);

    /// <summary>Turns (rows, columns) numbers of four bytes into (columns, rows).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* from, int fromStride, int rows, int columns, float* to, int toStride)
    {
        const int square = 8;
        int wholeRows = Avx.IsSupported ? rows / square * square : 0, wholeColumns = columns / square * square;
        for (var row = 0; row < wholeRows; row += square)
            for (var column = 0; column < wholeColumns; column += square)
                Square(from + ((nint)row * fromStride) + column, fromStride, to + ((nint)column * toStride) + row, toStride);
        for (var row = 0; row < rows; row++)
            for (var column = row < wholeRows ? wholeColumns : 0; column < columns; column++)
                to[((nint)column * toStride) + row] = from[((nint)row * fromStride) + column];
    }

    /// <summary>Eight rows of eight: neighbours are exchanged in pairs, then pairs of them, then halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(float* from, nint fromStride, float* to, nint toStride)
    {
        Vector256<float> a = Vector256.Load(from), b = Vector256.Load(from + fromStride),
            c = Vector256.Load(from + (2 * fromStride)), d = Vector256.Load(from + (3 * fromStride)),
            e = Vector256.Load(from + (4 * fromStride)), f = Vector256.Load(from + (5 * fromStride)),
            g = Vector256.Load(from + (6 * fromStride)), h = Vector256.Load(from + (7 * fromStride));
        Vector256<float> ab = Avx.UnpackLow(a, b), abHigh = Avx.UnpackHigh(a, b), cd = Avx.UnpackLow(c, d),
            cdHigh = Avx.UnpackHigh(c, d), ef = Avx.UnpackLow(e, f), efHigh = Avx.UnpackHigh(e, f), gh = Avx.UnpackLow(g, h),
            ghHigh = Avx.UnpackHigh(g, h);
        a = Avx.Shuffle(ab, cd, 0x44);
        b = Avx.Shuffle(ab, cd, 0xEE);
        c = Avx.Shuffle(abHigh, cdHigh, 0x44);
        d = Avx.Shuffle(abHigh, cdHigh, 0xEE);
        e = Avx.Shuffle(ef, gh, 0x44);
        f = Avx.Shuffle(ef, gh, 0xEE);
        g = Avx.Shuffle(efHigh, ghHigh, 0x44);
        h = Avx.Shuffle(efHigh, ghHigh, 0xEE);
        Avx.Permute2x128(a, e, 0x20).Store(to);
        Avx.Permute2x128(b, f, 0x20).Store(to + toStride);
        Avx.Permute2x128(c, g, 0x20).Store(to + (2 * toStride));
        Avx.Permute2x128(d, h, 0x20).Store(to + (3 * toStride));
        Avx.Permute2x128(a, e, 0x31).Store(to + (4 * toStride));
        Avx.Permute2x128(b, f, 0x31).Store(to + (5 * toStride));
        Avx.Permute2x128(c, g, 0x31).Store(to + (6 * toStride));
        Avx.Permute2x128(d, h, 0x31).Store(to + (7 * toStride));
    }
}

/// <inheritdoc/>
internal sealed unsafe class RowKernels<L, V> : RowKernels where L : struct, ILanes<V> where V : struct
{
    private const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization;

    [MethodImpl(Once)]
    public override void Normalize(float* x, float* weight, float* to, int count, float epsilon)
    {
        var scale = Scale(x, count, epsilon);
        var all = L.All(scale);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
            L.Store(L.Multiply(L.Multiply(L.Load(x + i), all), L.Load(weight + i)), to + i);
        for (; i < count; i++) to[i] = x[i] * scale * weight[i];
    }

    [MethodImpl(Once)]
    public override void NormalizeBackward(
        float* x, float* weight, float* gradient, float* dx, float* dWeight, int count, float epsilon)
    {
        // With x̂ = x·s and g = gradient · weight: dx = s · (g − x̂ · mean(g · x̂)), dWeight = gradient · x̂.
        var scale = Scale(x, count, epsilon);
        var all = L.All(scale);
        V sums = L.All(0f);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            var hat = L.Multiply(L.Load(x + i), all);
            var g = L.Load(gradient + i);
            L.Store(L.MultiplyAdd(g, hat, L.Load(dWeight + i)), dWeight + i);
            sums = L.MultiplyAdd(L.Multiply(g, L.Load(weight + i)), hat, sums);
        }
        var sum = L.Sum(sums);
        for (; i < count; i++)
        {
            var hat = x[i] * scale;
            dWeight[i] += gradient[i] * hat;
            sum += gradient[i] * weight[i] * hat;
        }
        var minusMean = -sum / count;
        var mean = L.All(minusMean);
        for (i = 0; i + L.Count <= count; i += L.Count)
        {
            var hat = L.Multiply(L.Load(x + i), all);
            var g = L.Multiply(L.Load(gradient + i), L.Load(weight + i));
            L.Store(L.MultiplyAdd(L.MultiplyAdd(hat, mean, g), all, L.Load(dx + i)), dx + i);
        }
        for (; i < count; i++) dx[i] += ((x[i] * scale * minusMean) + (gradient[i] * weight[i])) * scale;
    }

    [MethodImpl(Once)]
    public override void Gate(float* gate, float* up, float* to, int count)
    {
        V one = L.All(1f), zero = L.All(0f);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            var g = L.Load(gate + i);
            var decay = Kernels<L, V>.Exp(L.Subtract(zero, g));
            L.Store(L.Divide(L.Multiply(g, L.Load(up + i)), L.Add(one, decay)), to + i);
        }
        for (; i < count; i++) to[i] = gate[i] * up[i] / (1 + MathF.Exp(-gate[i]));
    }

    [MethodImpl(Once)]
    public override void GateBackward(
        float* gate, float* up, float* gradient, float* to, float* dGate, float* dUp, int count)
    {
        // With s = σ(gate): d/d up = gate·s, d/d gate = up · s · (1 + gate · (1 − s)).
        V one = L.All(1f), zero = L.All(0f);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            V g = L.Load(gate + i), u = L.Load(up + i), d = L.Load(gradient + i);
            var s = L.Divide(one, L.Add(one, Kernels<L, V>.Exp(L.Subtract(zero, g))));
            var silu = L.Multiply(g, s);
            L.Store(L.Multiply(silu, u), to + i);
            L.Store(L.Multiply(d, silu), dUp + i);
            var slope = L.Multiply(s, L.MultiplyAdd(g, L.Subtract(one, s), one));
            L.Store(L.Multiply(L.Multiply(d, u), slope), dGate + i);
        }
        for (; i < count; i++)
        {
            var (g, u, d) = (gate[i], up[i], gradient[i]);
            var s = 1 / (1 + MathF.Exp(-g));
            (to[i], dUp[i], dGate[i]) = (g * s * u, d * g * s, d * u * s * (1 + (g * (1 - s))));
        }
    }

    [MethodImpl(Once)]
    public override void Rotate(float* heads, int count, int size, float* cosines, float* sines, bool back)
    {
        var half = size / 2;
        var sign = back ? -1f : 1f;
        var signs = L.All(sign);
        for (var head = 0; head < count; head++, heads += size)
        {
            var i = 0;
            for (; i + L.Count <= half; i += L.Count)
            {
                V first = L.Load(heads + i), second = L.Load(heads + half + i);
                V cosine = L.Load(cosines + i), sine = L.Multiply(L.Load(sines + i), signs);
                L.Store(L.Subtract(L.Multiply(first, cosine), L.Multiply(second, sine)), heads + i);
                L.Store(L.MultiplyAdd(second, cosine, L.Multiply(first, sine)), heads + half + i);
            }
            for (; i < half; i++)
            {
                var (first, second, sine) = (heads[i], heads[half + i], sines[i] * sign);
                (heads[i], heads[half + i]) = ((first * cosines[i]) - (second * sine), (second * cosines[i]) + (first * sine));
            }
        }
    }

    [MethodImpl(Once)]
    public override float Softmax(float* scores, int seen, int count)
    {
        var highest = L.All(float.NegativeInfinity);
        var i = 0;
        for (; i + L.Count <= seen; i += L.Count) highest = L.Max(highest, L.Load(scores + i));
        var top = L.Highest(highest);
        for (; i < seen; i++) top = MathF.Max(top, scores[i]);

        V tops = L.All(top), sums = L.All(0f);
        for (i = 0; i + L.Count <= seen; i += L.Count)
        {
            var weight = Kernels<L, V>.Exp(L.Subtract(L.Load(scores + i), tops));
            L.Store(weight, scores + i);
            sums = L.Add(sums, weight);
        }
        var sum = L.Sum(sums);
        for (; i < seen; i++) sum += scores[i] = MathF.Exp(scores[i] - top);
        Scale(scores, 1 / sum, scores, seen);
        new Span<float>(scores + seen, count - seen).Clear();
        return top + MathF.Log(sum);
    }

    [MethodImpl(Once)]
    public override void Weights(float* scores, int seen, int count, float logSum)
    {
        var all = L.All(logSum);
        var i = 0;
        for (; i + L.Count <= seen; i += L.Count)
            L.Store(Kernels<L, V>.Exp(L.Subtract(L.Load(scores + i), all)), scores + i);
        for (; i < seen; i++) scores[i] = MathF.Exp(scores[i] - logSum);
        new Span<float>(scores + seen, count - seen).Clear();
    }

    [MethodImpl(Once)]
    public override void SoftmaxBackward(float* weights, float* gradient, int count, float mean)
    {
        var all = L.All(mean);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
            L.Store(L.Multiply(L.Load(weights + i), L.Subtract(L.Load(gradient + i), all)), gradient + i);
        for (; i < count; i++) gradient[i] = weights[i] * (gradient[i] - mean);
    }

    [MethodImpl(Once)]
    public override void LogSum(float* scores, int count, ref float highest, ref float total)
    {
        var most = L.All(float.NegativeInfinity);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count) most = L.Max(most, L.Load(scores + i));
        var top = MathF.Max(highest, L.Highest(most));
        for (; i < count; i++) top = MathF.Max(top, scores[i]);
        V tops = L.All(top), sums = L.All(0f);
        for (i = 0; i + L.Count <= count; i += L.Count)
            sums = L.Add(sums, Kernels<L, V>.Exp(L.Subtract(L.Load(scores + i), tops)));
        var sum = L.Sum(sums);
        for (; i < count; i++) sum += MathF.Exp(scores[i] - top);
        total = (total == 0 ? 0 : total * MathF.Exp(highest - top)) + sum;
        highest = top;
    }

    [MethodImpl(Once)]
    public override void SoftmaxGradient(float* scores, int count, float logSum, float factor)
    {
        V sums = L.All(logSum), factors = L.All(factor);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
            L.Store(L.Multiply(factors, Kernels<L, V>.Exp(L.Subtract(L.Load(scores + i), sums))), scores + i);
        for (; i < count; i++) scores[i] = factor * MathF.Exp(scores[i] - logSum);
    }

    [MethodImpl(Once)]
    public override float Dot(float* a, float* b, int count)
    {
        var sums = L.All(0f);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count) sums = L.MultiplyAdd(L.Load(a + i), L.Load(b + i), sums);
        var sum = L.Sum(sums);
        for (; i < count; i++) sum += a[i] * b[i];
        return sum;
    }

    [MethodImpl(Once)]
    public override void Add(float* a, float* to, int count)
    {
        var i = 0;
        for (; i + L.Count <= count; i += L.Count) L.Store(L.Add(L.Load(to + i), L.Load(a + i)), to + i);
        for (; i < count; i++) to[i] += a[i];
    }

    [MethodImpl(Once)]
    public override void Scale(float* a, float factor, float* to, int count)
    {
        var all = L.All(factor);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count) L.Store(L.Multiply(L.Load(a + i), all), to + i);
        for (; i < count; i++) to[i] = a[i] * factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(float* x, int count, float epsilon)
    {
        var sums = L.All(0f);
        var i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            var value = L.Load(x + i);
            sums = L.MultiplyAdd(value, value, sums);
        }
        var sum = L.Sum(sums);
        for (; i < count; i++) sum += x[i] * x[i];
        return 1 / MathF.Sqrt((sum / count) + epsilon);
    }
}
