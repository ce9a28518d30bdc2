using Softly.Generation;
using Softly.Models;
using Softly.Tasks;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models;

/// <summary>Weights to begin with that look things up: where an untrained first layer looks.</summary>
public sealed class LookupStartTests(ITestOutputHelper output)
{
    private static readonly Reachability Task = new(2);
    private static readonly WordTokenizer Words = new(Task.Vocabulary);

    private static DecoderConfig Config => new()
    {
        VocabularySize = Words.VocabularySize, HiddenSize = 64, IntermediateSize = 128, Layers = 3, Heads = 2, KeyValueHeads = 2,
        HeadSize = 32, MaxPositions = 256, RopeTheta = 1e6,
    };

    private static (int, int)[] Ends =>
    [
        .. Task.Vocabulary.Where(w => Words.TokenId(">" + w) is not null)
            .Select(w => (Words.TokenId(w)!.Value, Words.TokenId(">" + w)!.Value)),
    ];

    private static Decoder Made(bool lookup, DecoderConfig? config = null, ScalarType type = ScalarType.Float32, long seed = 1)
    {
        var model = new Decoder(config ?? Config, type);
        model.Initialize(seed);
        if (lookup) LookupStart.Apply(model, seed, Ends);
        return model;
    }

    /// <summary>How much more an edge that leaves the root gets of the last position's attention than another edge.</summary>
    private static double Preference(Decoder model)
    {
        var reader = new ProblemReader(Words);
        var (weights, qkv) = (Some.Host(model.Embedding), Some.Host(model.Layers[0].Qkv));
        var (root, others) = (new List<double>(), new List<double>());
        foreach (var problem in Task.Problems(Split.Train, 20, 1))
        {
            var rows = reader.Read(problem).Rows;
            for (var head = 0; head < 2; head++)
            {
                var attention = Attention(rows, head);
                var asked = rows[^1].Ids[0];
                for (var p = 0; p < rows.Count - 1; p++)
                    if (Words.TokenText(rows[p].Ids[^1]).StartsWith('>'))
                        (rows[p].Ids[0] == asked ? root : others).Add(attention[p]);
            }
        }
        return root.Average() / others.Average();

        // Written out once more: norm, queries and keys, their turning by position, softmax.
        double[] Attention(IReadOnlyList<MixtureRow> rows, int head)
        {
            const int D = 64, H = 32;
            var turned = new (double[] Query, double[] Key)[rows.Count];
            for (var p = 0; p < rows.Count; p++)
            {
                var x = Enumerable.Range(0, D)
                    .Select(j => rows[p].Ids.Zip(rows[p].Weights, (id, w) => w * weights[(id * D) + j]).Sum()).ToArray();
                var scale = 1 / Math.Sqrt((x.Sum(v => v * v) / D) + 1e-5);
                turned[p] = (Turned(head * H), Turned(D + (head * H)));

                double[] Turned(int first)
                {
                    var y = Enumerable.Range(first, H)
                        .Select(r => scale * Enumerable.Range(0, D).Sum(j => qkv[(r * D) + j] * x[j])).ToArray();
                    var z = new double[H];
                    for (var i = 0; i < H / 2; i++)
                    {
                        var (sin, cos) = Math.SinCos(p * Math.Pow(1e6, -2.0 * i / H));
                        z[i] = (y[i] * cos) - (y[i + (H / 2)] * sin);
                        z[i + (H / 2)] = (y[i + (H / 2)] * cos) + (y[i] * sin);
                    }
                    return z;
                }
            }
            var scores = turned.Select(t => Math.Exp(t.Key.Zip(turned[^1].Query, (a, b) => a * b).Sum() / Math.Sqrt(H)))
                .ToArray();
            return [.. scores.Select(s => s / scores.Sum())];
        }
    }

    [Fact]
    public void The_untrained_first_layer_prefers_edges_that_leave_the_asking_node_and_a_plain_one_does_not()
    {
        using var lookup = Made(lookup: true);
        using var plain = Made(lookup: false);
        var (found, chance) = (Preference(lookup), Preference(plain));
        output.WriteLine($"an edge of the root against another: {found:f2} times with lookup, {chance:f2} times without");
        Assert.True(found > 2, $"{found}");
        Assert.InRange(chance, 0.9, 1.1);
    }

    [Fact]
    public void A_seed_makes_the_same_weights_and_another_seed_others()
    {
        using var once = Made(lookup: true);
        using var again = Made(lookup: true);
        using var other = Made(lookup: true, seed: 2);
        double[] All(Decoder m) => [.. m.Parameters.SelectMany(Some.Host)];
        Assert.Equal(All(once), All(again));
        Assert.NotEqual(All(once), All(other));
    }

    [Fact]
    public void Half_precision_has_the_same_weights_rounded_and_an_own_head_begins_as_the_embedding()
    {
        using var single = Made(lookup: true);
        using var half = Made(lookup: true, type: ScalarType.BFloat16);
        foreach (var (a, b) in single.Parameters.Zip(half.Parameters))
        {
            var (x, y) = (Some.Host(a), Some.Host(b));
            var largest = x.Max(Math.Abs);
            for (var i = 0; i < x.Length; i++) Assert.InRange(Math.Abs(x[i] - y[i]), 0, largest / 64);
        }
        using var untied = Made(lookup: true, Config with { TiedHead = false });
        Assert.Equal(Some.Host(untied.Embedding), Some.Host(untied.Head));
    }

    [Fact]
    public void Shapes_that_cannot_begin_so_are_refused()
    {
        Assert.Null(LookupStart.Problem(Config));
        var shared = Config with { KeyValueHeads = 1 };
        using var model = new Decoder(shared);
        Assert.Contains("there are 1 for 2: leave num_key_value_heads out",
            Assert.Throws<ArgumentException>(() => LookupStart.Apply(model, 1, [])).Message);
        Assert.Contains("set rope_theta: 1000000", LookupStart.Problem(Config with { HeadSize = 2, Heads = 32, KeyValueHeads = 32 }));
    }
}
