using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>The end of a conditional flow: y = μ(c) + σ(c) ∘ u, where μ and ln σ are linear in the context plus a network with one
/// hidden layer.</summary>
/// <remarks>
/// μ(c) = m + A c + V h(c), ln σ(c) = s + B tanh((S c + R h(c))/B) with h(c) = tanh(U c + d) and B = 4, so that no context makes a scale
/// vanish. It starts as the linear regression with normal residuals: S = V = R = 0.
/// </remarks>
internal sealed class ConditionalAffine : nn.Module
{
    internal const string Kind = "conditional-affine";

    /// <summary>B: a scale changes by at most a factor of e⁴ either way.</summary>
    private const double LargestLogScale = 4;
    private static readonly string[] _names =
        ["location", "linear", "logScale", "logScaleLinear", "hiddenWeight", "hiddenBias", "hiddenLocation", "hiddenLogScale"];

    /// <param name="parameters">m [N], A [N, C], s [N], S [N, C], U [k, C], d [k], V [N, k], R [N, k]; copied.</param>
    /// <exception cref="ArgumentException">The shapes or types disagree.</exception>
    private ConditionalAffine(IReadOnlyList<Tensor> parameters)
        : base(TorchRuntime.LoadedFor(Kind))
    {
        for (var k = 0; k < _names.Length; k++)
        {
            register_parameter(_names[k], OwnedParameter.Of(parameters[k]));
        }
    }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension => Named("linear").shape[0];

    /// <summary>Number of context features C.</summary>
    public long ContextDimension => Named("linear").shape[1];

    /// <summary>The linear regression of rows on their contexts, with a small penalty on its slopes, and the deviation of what
    /// remains.</summary>
    /// <param name="rows">y, shape [R, N].</param>
    /// <param name="context">c, shape [R, C], of unit spread.</param>
    /// <param name="hiddenUnits">Units k of the network, which is at rest.</param>
    /// <param name="generator">Source of U, normal with variance 1/C, and d.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    public static ConditionalAffine Fit(Tensor rows, Tensor context, int hiddenUnits, Generator generator, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (width, dimension) = (context.shape[1], rows.shape[1]);
        var (intercept, slopes, residuals) = ContextRegression.Of(rows, context);
        var logScale = residuals.Square().mean([0L]).ClampMin(1e-12).log().Mul(0.5);
        Tensor Draw(double deviation, params long[] shape) => randn(shape, dtype: float64, generator: generator).Mul(deviation);
        Tensor Rest(params long[] shape) => zeros(shape, dtype: float64);
        Tensor[] parameters =
        [
            intercept, slopes, logScale, Rest(dimension, width),
            Draw(1 / Math.Sqrt(width), hiddenUnits, width), Draw(0.5, hiddenUnits), Rest(dimension, hiddenUnits),
            Rest(dimension, hiddenUnits),
        ];
        return new([.. parameters.Select(parameter => parameter.to(dtype))]);
    }

    /// <summary>The map of some contexts; a view of these parameters, which is not to be disposed.</summary>
    /// <param name="context">c, shape [B, C], of the parameters' type.</param>
    public Bijection Given(Tensor context)
    {
        using var scope = NewDisposeScope();
        var features = addmm(Named("hiddenBias"), context, Named("hiddenWeight").t(), 1, 1).tanh();
        Tensor Sum(string linear, string hidden) => context.mm(Named(linear).t()).Add(features.mm(Named(hidden).t()));
        var location = Sum("linear", "hiddenLocation").Add(Named("location"));
        var change = Sum("logScaleLinear", "hiddenLogScale").Div(LargestLogScale).tanh().Mul(LargestLogScale);
        return new GivenAffine(location.MoveToOuterDisposeScope(), change.Add(Named("logScale")).MoveToOuterDisposeScope());
    }

    public StoredComponent Store() => new StoredComponent(Kind).WithParameters(this);

    /// <exception cref="FormatException">The tensors do not fit together.</exception>
    public static ConditionalAffine Restore(StoredComponent stored)
    {
        Tensor[] all = [.. _names.Select(stored.Tensor)];
        var (linear, hidden) = (all[1], all[4]);
        var (n, c, k) = linear.dim() == 2 && hidden.dim() == 2 ? (linear.shape[0], linear.shape[1], hidden.shape[0]) : (0, 0, 0);
        long[][] shapes = [[n], [n, c], [n], [n, c], [k, c], [k], [n, k], [n, k]];
        var fits = n > 0 && c > 0
            && all.Zip(shapes).All(pair => pair.First.shape.SequenceEqual(pair.Second) && pair.First.dtype == linear.dtype);
        return fits ? new(all) : throw new FormatException(
            "Expected locations and scales [N], slopes [N, C] and a hidden layer [k, C] of one type; the file is damaged.");
    }

    private TorchSharp.Modules.Parameter Named(string name) => get_parameter(name)!;
}
