using Softly.Models;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Training;

/// <summary>The loss of lessons against a slow sum, and what is refused.</summary>
public sealed class SupervisedLossTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_loss_is_the_mean_soft_cross_entropy_of_positions_with_a_target(bool tied)
    {
        using var model = Some.Model(type: ScalarType.Float64, tied: tied);
        var random = new Random(4);
        Lesson[] lessons =
        [
            Made([3, 4, 5], [[6, 7], [], [8, 9, 10], [2]]), Made([11], [[], [], [12]]), Made([5, 5, 6, 13], [[14]]),
        ];
        Lesson Made(int[] prompt, int[][] targets)
        {
            MixtureRow Row(int[] ids)
            {
                var raw = ids.Select(_ => 0.2 + random.NextDouble()).ToArray();
                return new MixtureRow(ids, [.. raw.Select(r => (float)(r / raw.Sum()))]);
            }
            return new Lesson(
                Some.Prompt("p", prompt), [.. targets.Select(Row)],
                [.. targets.Select(_ => Row([random.Next(3, 23), random.Next(3, 23)]))], [.. targets.Select(_ => true)]);
        }

        using var loss = new SupervisedTrainer(model, new SupervisedOptions()).Loss(lessons);
        Assert.Equal(Slow(model, lessons), Some.Host(loss)[0], 1e-9);
    }

    /// <summary>Lesson by lesson, position by position, in doubles.</summary>
    private static double Slow(Decoder model, Lesson[] lessons)
    {
        using var scope = NewDisposeScope();
        var embedding = Some.Host(model.Embedding);
        var head = Some.Host(model.Head);
        int v = model.Config.VocabularySize, d = model.Config.HiddenSize;
        var (total, count) = (0.0, 0);
        foreach (var lesson in lessons)
        {
            MixtureRow[] rows = [.. lesson.Prompt.Rows, .. lesson.Inputs];
            var inputs = rows.SelectMany(row => Enumerable.Range(0, d)
                .Select(j => row.Ids.Zip(row.Weights, (id, w) => w * embedding[(id * d) + j]).Sum())).ToArray();
            var hidden = Some.Host(model.Forward(tensor(inputs, [1, rows.Length, d]))); // (1, T, D)
            for (var i = 0; i < lesson.Targets.Count; i++)
            {
                var target = lesson.Targets[i];
                if (target.Ids.Length == 0) continue;
                var at = lesson.Prompt.Rows.Count + i - 1;
                var logits = Enumerable.Range(0, v)
                    .Select(t => Enumerable.Range(0, d).Sum(j => hidden[(at * d) + j] * head[(t * d) + j])).ToArray();
                var log = Math.Log(logits.Sum(Math.Exp));
                total -= target.Ids.Zip(target.Weights, (id, w) => w * (logits[id] - log)).Sum();
                count++;
            }
        }
        return total / count;
    }

    [Fact]
    public void What_cannot_be_taught_is_refused_by_its_problem()
    {
        using var model = Some.Model();
        var trainer = new SupervisedTrainer(model, new SupervisedOptions { Steps = 1, Batch = 1 });
        var good = SomeLessons.Of([5, 6], [[3, 4]]);
        string Refused(Lesson lesson) =>
            Assert.Throws<ArgumentException>(() => trainer.Loss([good, lesson])).Message;
        MixtureRow nothing = new([], []);
        Assert.Equal("the lesson of problem 5-6 asks for nothing: expected a target at one position at least",
            Refused(good with { Targets = [nothing, nothing, nothing] }));
        Assert.Equal("the lesson of problem 5-6 has 3 targets, 2 inputs and 3 marks of thoughts: expected as many of each",
            Refused(good with { Inputs = [.. good.Inputs.Skip(1)] }));
        Assert.Equal("the lesson of problem 5-6 has an empty prompt",
            Refused(good with { Prompt = good.Prompt with { Rows = [] } }));
        var prompt = Enumerable.Repeat(4, 63).ToArray();
        Assert.EndsWith("has 65 positions, and the model 64: make its prompt or its thoughts shorter",
            Refused(SomeLessons.Of(prompt, [[3, 4]])));
        Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Loss([]));
        Assert.Contains("no lesson was drawn", Assert.Throws<ArgumentException>(() => trainer.Run(_ => [])).Message);
    }

    [Fact]
    public void Of_lessons_drawn_together_those_that_find_no_place_are_left_out()
    {
        using var model = Some.Model();
        var drawn = 0;
        var last = new SupervisedTrainer(model, new SupervisedOptions { Steps = 2, Batch = 5, SoftenEvery = 0 }).Run(_ =>
        {
            drawn++;
            return [.. Enumerable.Range(0, 3).Select(i => SomeLessons.Of([5, 6, 7 + i], [[3, 4]]))];
        });
        Assert.Equal(4, drawn);
        Assert.True(double.IsFinite(last));
    }
}
