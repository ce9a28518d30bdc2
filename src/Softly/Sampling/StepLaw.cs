using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// How a thought is chosen from the kept tokens: both halves, the draw and its log-density, stand in one type, and every law
/// is tested with itself (the mean score is 0, the mean ratio is 1, draws follow the density). To add a law, add
/// one class with its <see cref="LawAttribute"/> and <c>From</c>.
/// </summary>
/// <remarks>Immutable and free of tensors of its own: one instance serves all threads.</remarks>
public abstract class StepLaw
{
    /// <summary>The name a recipe uses (<see cref="LawAttribute"/>).</summary>
    public virtual string Name => GetType().GetCustomAttribute<LawAttribute>()?.Name ?? GetType().Name;

    /// <summary>
    /// True where <see cref="LogDensity"/> is the density of what <see cref="Draw"/> draws, and not a stand-in.
    /// </summary>
    public abstract bool IsExact { get; }

    /// <summary>False for laws without a density: they can be sampled and evaluated, but not trained.</summary>
    public virtual bool CanTrain => true;

    /// <summary>True where a thought chooses nothing, so that only its number can end thinking.</summary>
    public virtual bool ThinksBlank => false;

    /// <summary>
    /// False where the thoughts of a member of a group are a function of the policy: a token by which they end was not drawn
    /// either, and is not scored.
    /// </summary>
    /// <param name="member">Its sample number.</param>
    public virtual bool Draws(long member) => true;

    /// <summary>
    /// κ: a member's winner follows softmax(log p/κ), 1 (the default) for p itself. A winner that ends thinking is a plain token,
    /// and is scored with that. Of no meaning where nothing is drawn.
    /// </summary>
    /// <param name="member">Its sample number.</param>
    public virtual double WinnerScale(long member) => 1;

    /// <summary>
    /// The law without its noise, on the same kept tokens: what it feeds where all noise is 0. The mixture by their
    /// probabilities p, where a law has no such limit.
    /// </summary>
    public virtual StepLaw WithoutNoise() => new SoftThinking();

    /// <summary>True where the law must see the rows of the embedding table (<see cref="ThoughtRecord.Rows"/>).</summary>
    public virtual bool NeedsEmbedding => false;

    /// <summary>
    /// How many slots a record has for a kept set of <paramref name="kept"/> tokens: more where a law adds some.
    /// </summary>
    public virtual int Slots(int kept) => kept;

    /// <summary>C, where a record has another number of values than one a slot; null (the default) where it has not.</summary>
    /// <param name="hidden">D: width of the embedding.</param>
    public virtual int? OwnValues(int hidden) => null;

    /// <summary>How many uniform numbers a draw takes.</summary>
    /// <param name="kept">The filter's slots.</param>
    /// <param name="hidden">D: width of the embedding.</param>
    public virtual int UniformCount(int kept, int hidden) => kept;

    /// <summary>Draws a thought a row.</summary>
    /// <param name="support">The kept tokens, (B, K).</param>
    /// <param name="uniforms">(B, <see cref="UniformCount"/>) float64 in (0, 1).</param>
    /// <returns>What is stored.</returns>
    public abstract ThoughtRecord Draw(Support support, Tensor uniforms);

    /// <summary>The slot whose token stands for a thought in the text and can end thinking, (N) int64.</summary>
    public virtual Tensor Winner(ThoughtRecord record) => record.Values.argmax(-1);

    /// <summary>The mixture that the next position is fed with, from the record alone.</summary>
    /// <returns>(N, K): weights that sum to 1 in most laws; 0 in slots that are not part of it.</returns>
    public abstract Tensor Weights(ThoughtRecord record);

    /// <summary>What is added to the mixture, (N, D); null (the default) for nothing.</summary>
    public virtual Tensor? Vectors(ThoughtRecord record) => null;

    /// <summary>True where <see cref="Vectors"/> adds something: such a thought is more than a mixture of tokens.</summary>
    public virtual bool AddsVectors => false;

    /// <summary>The log-density of the record under a policy, given the kept set.</summary>
    /// <param name="record">As drawn: data, no gradient flows into it.</param>
    /// <param name="logP">(N, K): the policy's log-probabilities by <see cref="LogP"/>.</param>
    /// <returns>(N).</returns>
    public abstract Tensor LogDensity(ThoughtRecord record, Tensor logP);

    /// <summary>
    /// True where the law has a row form as well, in plain memory: the same draw and the same density for one thought at a time,
    /// for CPUs. A law without one is drawn with tensors.
    /// </summary>
    public virtual bool HasRowForm => false;

    /// <summary>The row form of <see cref="Draw"/>, <see cref="Weights"/> and <see cref="Winner"/>.</summary>
    /// <param name="row">The kept tokens; values and weights are filled.</param>
    /// <param name="uniforms"><see cref="UniformCount"/> numbers in (0, 1).</param>
    /// <returns>The winner's slot.</returns>
    public virtual int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms) => throw NoRows();

    /// <summary>The row form of <see cref="LogDensity"/>.</summary>
    /// <param name="row">As drawn.</param>
    /// <param name="logP">K: the policy's log-probabilities by <see cref="LogP"/>.</param>
    public virtual double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) => throw NoRows();

    private NotSupportedException NoRows() => new($"{Name} has no row form: it is drawn with tensors");

    /// <summary>True where <see cref="Divergence"/> knows a closed form.</summary>
    public virtual bool HasDivergence => GetType().GetMethod(nameof(Divergence))!.DeclaringType != typeof(StepLaw);

    /// <summary>
    /// The divergence KL(P‖Q) of this law between two policies on one kept set, in closed form; null where there is none.
    /// </summary>
    /// <param name="record">Whose kept set counts, and settings that are stored with it.</param>
    /// <param name="logP">(N, K).</param>
    /// <param name="logQ">(N, K).</param>
    /// <returns>(N) nats.</returns>
    public virtual Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) => null;

    /// <summary>
    /// Trace of the covariance of the score (the gradient of the log-density by the logits at temperature 1) over fresh draws;
    /// null where no formula is known.
    /// </summary>
    /// <param name="p">Probabilities of the kept tokens.</param>
    public virtual double? ScoreVariance(IReadOnlyList<double> p) => null;

    /// <summary>
    /// The same for laws whose score by log p has independent components of mean 0 and the given variances s: the score by the
    /// logits is vⱼ − pⱼΣv, so the trace is Σs − 2Σps + Σp²·Σs.
    /// </summary>
    protected static double OfIndependent(IReadOnlyList<double> p, IReadOnlyList<double> variances) =>
        variances.Sum() - 2 * p.Zip(variances, (a, s) => a * s).Sum() + p.Sum(a => a * a) * variances.Sum();

    /// <summary>A policy's log-probabilities of the stored tokens from its logits: what <see cref="LogDensity"/> takes.</summary>
    /// <param name="logits">(N, K): logits of the stored ids under a policy.</param>
    /// <param name="kept">(N, K) bool.</param>
    /// <param name="temperature">The temperature of the draw.</param>
    public virtual Tensor LogP(Tensor logits, Tensor kept, double temperature) => Renormalized(logits, kept, temperature);

    /// <summary>Log-probabilities renormalised over the kept slots; −∞ elsewhere.</summary>
    /// <param name="logits">(N, K): logits of the stored ids under a policy.</param>
    /// <param name="kept">(N, K) bool.</param>
    /// <param name="temperature">The temperature of the draw.</param>
    public static Tensor Renormalized(Tensor logits, Tensor kept, double temperature)
    {
        using var scope = NewDisposeScope();
        var scaled = temperature == 1 ? logits : logits.mul(Scalars.Of(1 / temperature));
        return scaled.masked_fill(kept.logical_not(), Scalars.MinusInfinity).log_softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Standard Gumbel noise from uniforms, ε = −log(−log u), in double: single precision cannot tell u from 1 in the upper tail.
    /// </summary>
    protected static Tensor Gumbel(Tensor uniforms, ScalarType type)
    {
        using var scope = NewDisposeScope();
        return uniforms.to(ScalarType.Float64).log().neg_().log_().neg_().to(type).MoveToOuterDisposeScope();
    }

    /// <summary>0 in the slots that are not kept, so that neither a value nor its gradient can be NaN there.</summary>
    protected static Tensor Closed(Tensor x, Tensor kept)
    {
        using var scope = NewDisposeScope();
        return x.masked_fill(kept.logical_not(), Zero).MoveToOuterDisposeScope();
    }

    /// <summary>0.</summary>
    protected static readonly Scalar Zero = Scalars.Of(0);
}

/// <summary>
/// A law whose log-density is a sum over components, so that a ratio can also be taken of each of them (Multiplex Thinking clips
/// every draw by itself), or the sum be replaced by a mean (<see cref="ReducedLaw"/>).
/// </summary>
public abstract class SeparableLaw : StepLaw
{
    /// <summary>
    /// The log-density of one occurrence of every component, (N, K); finite everywhere, 0 in slots that are not kept.
    /// </summary>
    public abstract Tensor Terms(ThoughtRecord record, Tensor logP);

    /// <summary>False where a thought has one component, so that its mean is its sum.</summary>
    public virtual bool HasSeveralTerms => true;

    /// <summary>How often every component occurs, (N, K) in the type of the values: by default once where kept.</summary>
    public virtual Tensor Counts(ThoughtRecord record) => record.Kept.to(record.LogP.dtype);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        return Terms(record, logP).mul(Counts(record)).sum(-1).MoveToOuterDisposeScope(); // (N)
    }
}
