using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Maps the unit interval to the line: y = logit(λ + (1 - 2λ)x), ln |dy/dx| = ln(1 - 2λ) - ln p - ln(1 - p) with p = λ + (1 - 2λ)x.</summary>
/// <remarks>Zhang, E, Wang (2018), section 4.1, with λ = 1e-6. 1 - p is formed from 1 - x, which is exact near x = 1, so neither end loses digits.</remarks>
public sealed class Logit : PreprocessingStep
{
    internal const string Kind = "logit";

    /// <summary>Creates the step.</summary>
    /// <param name="lambda">Distance λ that keeps the ends finite, in (0, ½).</param>
    /// <exception cref="ArgumentOutOfRangeException">λ is outside (0, ½).</exception>
    public Logit(double lambda = 1e-6)
    {
        TensorChecks.RequireOption(lambda, 1e-15, 0.5 - 1e-15);
        Lambda = lambda;
    }

    /// <summary>Distance λ that keeps the ends finite.</summary>
    public double Lambda { get; }

    /// <inheritdoc/>
    public override DataTransform Fit(Tensor data)
    {
        Transform.RequireUnitInterval(data);
        return new Transform(Lambda);
    }

    internal static DataTransform Restore(StoredComponent stored) => new Transform(new Logit(stored.Option<double>("lambda")).Lambda);

    private sealed class Transform(double lambda) : DataTransform(Logit.Kind)
    {
        public static void RequireUnitInterval(Tensor x)
        {
            using var scope = NewDisposeScope();
            TensorChecks.RequireFinite(x, "the data");
            var (low, high) = (x.min().item<double>(), x.max().item<double>());
            if (low < 0 || high > 1)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"Expected values from 0 to 1 before the logit, got values from {low} to {high}; put a UniformDequantization before it, or scale the data."));
            }
        }

        public override TransformedPoints Forward(Tensor x, Generator? noise = null)
        {
            using var scope = NewDisposeScope();
            RequireUnitInterval(x);
            var logP = x.Mul(1 - (2 * lambda)).Add(lambda).log();
            var logQ = x.neg().Add(1).Mul(1 - (2 * lambda)).Add(lambda).log();
            var logDeterminant = logP.Add(logQ).sum([1L]).neg().Add(x.shape[1] * Math.Log(1 - (2 * lambda)));
            return new TransformedPoints(logP.sub(logQ), logDeterminant).MoveToOuterDisposeScope();
        }

        public override Tensor Inverse(Tensor y)
        {
            using var scope = NewDisposeScope();
            // Beyond the images of 0 and 1 the flow may put a little mass; it maps to the ends.
            return y.sigmoid().Sub(lambda).Div(1 - (2 * lambda)).Clamp(0, 1).MoveToOuterDisposeScope();
        }

        internal override StoredComponent Store() => new(Kind, new JsonObject { ["lambda"] = lambda }, new Dictionary<string, Tensor>());
    }
}
