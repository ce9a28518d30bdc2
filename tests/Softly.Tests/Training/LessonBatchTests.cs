using Softly.Generation;
using Softly.Models;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Training;

/// <summary>Lessons packed into one row, their common beginnings computed once: the numbers of plain rows.</summary>
public sealed class LessonBatchTests(ITestOutputHelper output)
{
    private static readonly int[] First = [5, 6, 7, 8, 10, 11, 12, 13, 14, 15], Second = [15, 14, 13, 12, 11, 10, 8, 7, 6];

    /// <summary>Two families, a lesson alone between them, one that shares too little, blanks.</summary>
    private static Lesson[] Lessons =>
    [
        SomeLessons.Of([.. First, 3, 4], [[3, 5], [6, 7, 8]]),
        SomeLessons.Of([.. First, 4], [[4], [6]], last: 8),
        SomeLessons.Of([.. First, 3, 4, 19], [[3, 20]]),
        SomeLessons.Of([17, 18], [[3, 5], [6]]),
        SomeLessons.Of([.. Second, 4, 5], [[], [], []]),
        SomeLessons.Of([.. Second, 4, 5], [], last: 20), // the same prompt again
        SomeLessons.Of([.. Second[..5], 4, 5], [[3, 5]]),
    ];

    [Theory]
    [InlineData(7)]
    [InlineData(3)] // one family
    [InlineData(1)] // alone
    public void A_packed_batch_has_the_loss_and_the_gradients_of_plain_rows(int count)
    {
        using var plain = Some.Model(type: ScalarType.Float64);
        using var packed = Some.Model();
        packed.Fuse(half: false, workers: 2);
        var lessons = Lessons[..count];
        var (expected, actual) = (Gradient(plain, lessons), Gradient(packed, lessons));
        Assert.Equal(expected.Loss, actual.Loss, 1e-5 * expected.Loss);
        for (var i = 0; i < expected.Gradients.Length; i++)
        {
            var (a, b) = (expected.Gradients[i], actual.Gradients[i]);
            var (size, error) = (Length(a), Length([.. a.Zip(b, (x, y) => x - y)]));
            Assert.True(size > 0 && error <= 1e-5 * size, $"gradient {i} of length {size:g3} is {error:g3} away");
        }
    }

    private static (double Loss, double[][] Gradients) Gradient(Decoder model, Lesson[] lessons)
    {
        using var loss = new SupervisedTrainer(model, new SupervisedOptions()).Loss(lessons);
        loss.backward();
        return (Some.Host(loss)[0], [.. model.Parameters.Select(p => Some.Host(p.grad!))]);
    }

    private static double Length(double[] x) => Math.Sqrt(x.Sum(v => v * v));

    [Fact]
    public void Neighbours_share_what_all_of_them_begin_with()
    {
        // 10 + (5 + 4 + 5), alone 5, 10 + (5 + 2), alone 9: a prompt is shared but for its last position.
        Assert.Equal(24 + 5 + 17 + 9, SomeLessons.Batch(Lessons, packed: true).Positions);
        Assert.Equal(7 * 15, SomeLessons.Batch(Lessons, packed: false).Positions);
    }

    [Fact]
    public void A_group_gives_up_no_more_positions_than_another_lesson_saves()
    {
        int[] far = [.. First, 16, 17, 18, 19, 20, 21, 22, 3, 4, 5];
        var alike = Enumerable.Repeat(SomeLessons.Of([.. far, 6], []), 3).ToArray();
        var near = SomeLessons.Of([.. First, 6], []);
        // Three share 20 of 22 positions. A fourth would leave them 10, and 3 · 10 is less than 2 · 20.
        Assert.Equal(20 + (3 * 2) + 12, SomeLessons.Batch([.. alike, near], packed: true).Positions);
        // Two do better with it: 2 · 10 is not less than 20.
        Assert.Equal(10 + (2 * 12) + 2, SomeLessons.Batch([.. alike[1..], near], packed: true).Positions);
        // A group is one worker's, so that a large family is several.
        Assert.Equal((20 * 3) + (40 * 2), SomeLessons.Batch([.. Enumerable.Repeat(alike[0], 40)], packed: true).Positions);
    }

    [Fact]
    public void Every_lesson_is_fed_what_it_says_whoever_wrote_it()
    {
        var lessons = Lessons;
        foreach (var packed in new[] { true, false })
        {
            var batch = SomeLessons.Batch(lessons, packed, width: 5);
            for (var l = 0; l < lessons.Length; l++)
            {
                MixtureRow[] rows = [.. lessons[l].Prompt.Rows, .. lessons[l].Inputs.SkipLast(1)];
                for (var p = 0; p < rows.Length; p++)
                {
                    Assert.Equal(rows[p].Ids, batch.Input(l, p).Ids);
                    Assert.Equal(rows[p].Weights, batch.Input(l, p).Weights);
                }
            }
        }
    }

    /// <summary>What docs/warm-starts.md says of it.</summary>
    [Fact]
    public void Eight_questions_about_a_graph_take_two_fifths_of_the_positions()
    {
        var task = new Reachability(2, new TaskSettings { Thoughts = ThoughtForm.Frontier });
        var reader = new ProblemReader(new WordTokenizer(task.Vocabulary));
        var (problems, random) = (task.Problems(Split.Train, 20, 1), new Random(1));
        Lesson[] lessons =
            [.. Enumerable.Range(0, 8).SelectMany(_ => Softly.Training.Lessons.Draw(task, problems, reader, random, 8))];
        var (rows, packed) =
            (SomeLessons.Batch(lessons, packed: false).Positions, SomeLessons.Batch(lessons, packed: true).Positions);
        output.WriteLine($"{rows} positions in rows, {packed} packed");
        Assert.InRange(packed / (double)rows, 0.35, 0.43);
    }
}
