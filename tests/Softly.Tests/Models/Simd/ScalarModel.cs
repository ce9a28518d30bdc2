using Softly.Models;

namespace Softly.Tests.Models.Simd;

/// <summary>The decoder written straight from its formulas: one number at a time, in double precision, without a cache.</summary>
/// <param name="config">The shape.</param>
/// <param name="parameters">All parameters by name.</param>
/// <param name="round">What is done to both factors of every product with a weight; null for nothing.</param>
internal sealed class ScalarModel(
    DecoderConfig config, IReadOnlyDictionary<string, (float[] Values, long[] Shape)> parameters,
    Func<double, double>? round = null)
{
    /// <summary>Logits after the last position.</summary>
    public double[] Logits(IReadOnlyList<MixtureRow> inputs)
    {
        var hidden = inputs.Select(Embed).ToArray();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            var attended = Attention(hidden.Select(h => Norm(h, name + "input_layernorm")).ToArray(), name + "self_attn.");
            for (var t = 0; t < hidden.Length; t++) hidden[t] = Sum(hidden[t], attended[t]);
            for (var t = 0; t < hidden.Length; t++)
                hidden[t] = Sum(hidden[t], FeedForward(Norm(hidden[t], name + "post_attention_layernorm"), name + "mlp."));
        }
        return Linear(Norm(hidden[^1], "model.norm"), config.TiedHead ? "model.embed_tokens" : "lm_head", false);
    }

    private double[] Embed(MixtureRow input)
    {
        var table = parameters["model.embed_tokens.weight"].Values;
        var sum = new double[config.HiddenSize];
        foreach (var (id, weight) in input.Ids.Zip(input.Weights))
            for (var i = 0; i < sum.Length; i++) sum[i] += (double)weight * table[(id * sum.Length) + i];
        return sum;
    }

    private double[][] Attention(double[][] x, string name)
    {
        var size = config.HeadSize;
        var queries = x.Select((row, t) => Heads(Linear(row, name + "q_proj", config.QkvBias), name + "q_norm", t)).ToArray();
        var keys = x.Select((row, t) => Heads(Linear(row, name + "k_proj", config.QkvBias), name + "k_norm", t)).ToArray();
        var values = x.Select(row => Linear(row, name + "v_proj", config.QkvBias).Chunk(size).ToArray()).ToArray();
        var output = new double[x.Length][];
        for (var t = 0; t < x.Length; t++)
        {
            var heads = new double[config.Heads * size];
            for (var head = 0; head < config.Heads; head++)
            {
                var shared = head / (config.Heads / config.KeyValueHeads);
                var scores = Enumerable.Range(0, t + 1).Select(s => Dot(queries[t][head], keys[s][shared]) / Math.Sqrt(size))
                    .ToArray();
                var powers = scores.Select(s => Math.Exp(s - scores.Max())).ToArray();
                for (var i = 0; i < size; i++)
                    heads[(head * size) + i] = Enumerable.Range(0, t + 1).Sum(s =>
                        powers[s] / powers.Sum() * values[s][shared][i]);
            }
            output[t] = Linear(heads, name + "o_proj", config.OutputBias);
        }
        return output;
    }

    private double[][] Heads(double[] row, string norm, int position)
    {
        var heads = row.Chunk(config.HeadSize).ToArray();
        if (config.QkNorm) heads = heads.Select(h => Norm(h, norm)).ToArray();
        foreach (var head in heads)
            for (int i = 0, half = config.HeadSize / 2; i < half; i++)
            {
                var (sine, cosine) = Math.SinCos(position * Frequency(i));
                (head[i], head[half + i]) = (
                    (head[i] * cosine) - (head[half + i] * sine), (head[half + i] * cosine) + (head[i] * sine));
            }
        return heads;
    }

    private double Frequency(int i)
    {
        var frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
        if (config.RopeScaling is not { } scaling) return frequency;
        var wave = 2 * Math.PI / frequency;
        if (wave < scaling.OriginalPositions / scaling.HighFrequencyFactor) return frequency;
        if (wave > scaling.OriginalPositions / scaling.LowFrequencyFactor) return frequency / scaling.Factor;
        var smooth = ((scaling.OriginalPositions / wave) - scaling.LowFrequencyFactor)
            / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - smooth) * frequency / scaling.Factor) + (smooth * frequency);
    }

    private double[] FeedForward(double[] x, string name)
    {
        var gate = Linear(x, name + "gate_proj", config.FeedForwardBias);
        var up = Linear(x, name + "up_proj", config.FeedForwardBias);
        return Linear(gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u).ToArray(), name + "down_proj", config.FeedForwardBias);
    }

    private double[] Norm(double[] x, string name)
    {
        var weight = parameters[name + ".weight"].Values;
        var root = Math.Sqrt(x.Average(v => v * v) + config.NormEpsilon);
        return x.Select((v, i) => v * weight[i] / root).ToArray();
    }

    private double[] Linear(double[] x, string name, bool biased)
    {
        var (weight, shape) = parameters[name + ".weight"];
        var y = new double[shape[0]];
        if (round is not null) x = x.Select(round).ToArray();
        for (var row = 0; row < y.Length; row++)
        {
            y[row] = biased ? parameters[name + ".bias"].Values[row] : 0;
            for (var i = 0; i < x.Length; i++) y[row] += x[i] * Rounded(weight[(row * x.Length) + i]);
        }
        return y;
    }

    private double Rounded(double weight) => round is null ? weight : round(weight);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Sum(double[] a, double[] b) => a.Zip(b, (x, y) => x + y).ToArray();
}
