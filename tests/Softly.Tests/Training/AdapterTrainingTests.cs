using Softly.Algorithms;
using Softly.Models;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Training;

/// <summary>Reinforcement learning of an adapter: the frozen model is its own reference.</summary>
public class AdapterTrainingTests
{
    private static readonly TrainingOptions Quick = new()
    {
        Steps = 40, PromptsPerStep = 8, GroupSize = 8, LearningRate = 1e-2, Schedule = Schedule.Constant,
        Sampling = Some.Soft(new GumbelWinner(), topK: 8, topP: 1, length: 3) with { ThinkLength = 1 },
    };

    [Theory]
    [InlineData(ScalarType.Float32, 0)]
    [InlineData(ScalarType.BFloat16, 0)]
    [InlineData(ScalarType.Float32, 0.1)]
    public void A_lucky_word_is_learned_and_the_model_itself_stays_as_it_was_to_the_last_bit(ScalarType type, double dropout)
    {
        using var model = new Decoder(Some.Model().Config, type);
        model.Initialize(1, 0.1);
        var before = model.Named.ToDictionary(n => n.Key, n => Some.Host(n.Value));
        Some.Attach(model, new LoraOptions { Rank = 4, Dropout = dropout });
        using var reference = model.WithoutAdapter();
        using var engine = new TorchDecoder(model);
        var task = new LuckyWord(["6", "7", "11"], last: true);
        using var trainer = new Trainer(
            model, reference, engine, Some.GeneratorFor(model, engine), Some.SoftGrpo(beta: 0.01), task,
            task.Problems(Split.Train, 20, 1), LuckyWord.Render, Quick);
        var steps = Enumerable.Range(0, 40).Select(_ => trainer.Step().Metrics).ToArray();

        // The frozen head of a random model bounds what can be reached: about one half.
        var rewards = steps.Select(m => m["reward"]).ToArray();
        Assert.True(rewards.TakeLast(5).Average() > rewards.Take(3).Average() + 0.25, string.Join(' ', rewards));
        // A new adapter is the frozen model; dropping has nothing to drop while B is 0.
        Assert.Equal(0, steps[0]["kl"]);
        Assert.True(steps[^1]["kl"] > 1e-3);
        Assert.All(model.Named, n => Assert.Equal(before[n.Key], Some.Host(n.Value)));
        Assert.All(model.Parameters, p => Assert.Equal(ScalarType.Float32, p.dtype));
    }

    /// <summary>
    /// What an adapter saves: gradients and moments are its own. Nothing but they, in tensors and in bytes, is added by training.
    /// </summary>
    [Fact]
    public void Training_holds_gradients_and_moments_of_the_adapter_alone()
    {
        using var model = Some.Model(vocabulary: 400);
        var adapter = Some.Attach(model, new LoraOptions { Rank = 1 });
        using var engine = new TorchDecoder(model);
        var task = new LuckyWord(["6"], last: true);
        using var trainer = new Trainer(
            model, null, engine, Some.GeneratorFor(model, engine), Some.Grpo(), task, task.Problems(Split.Train, 20, 1),
            LuckyWord.Render, Quick with { Sampling = new SamplingOptions { MaxNewTokens = 2 } });
        trainer.Step();
        Assert.Equal(adapter.ParameterCount, trainer.Optimizer.Means.Sum(m => m.numel()));
        Assert.Equal(adapter.ParameterCount, trainer.Optimizer.Squares.Sum(m => m.numel()));
        Assert.All(model.Named.Keys, n => Assert.Null(model.Gradient(n)));
        Assert.All(adapter.Parameters, p => Assert.NotNull(p.grad));
        Assert.True(adapter.ParameterCount * 10 < model.ParameterCount);
    }
}
