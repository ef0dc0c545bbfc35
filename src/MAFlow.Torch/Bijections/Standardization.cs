using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Shifts and scales each feature: y = (x - μ)/σ, ln |det| = -Σ ln σ.</summary>
public sealed class Standardization : PreprocessingStep
{
    internal const string Kind = "standardization";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A feature is constant, or a value is not finite.</exception>
    public override DataTransform Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        var moments = FeatureMoments.Of(data);
        return new Transform(moments.Mean.DetachFromDisposeScope(), moments.Deviation.DetachFromDisposeScope());
    }

    internal static DataTransform Restore(StoredComponent stored)
    {
        var (mean, deviation) = (stored.Tensor("mean"), stored.Tensor("deviation"));
        FeatureMoments.RequireValid(mean, deviation, Kind);
        return new Transform(mean.clone().DetachFromDisposeScope(), deviation.clone().DetachFromDisposeScope());
    }

    private sealed class Transform(Tensor mean, Tensor deviation) : DataTransform(Standardization.Kind)
    {
        public override TransformedPoints Forward(Tensor x, Generator? noise = null)
        {
            using var scope = NewDisposeScope();
            TensorChecks.RequirePoints(x, mean.shape[0]);
            var logDeterminant = deviation.log().sum().neg().expand(x.shape[0]).clone();
            return new TransformedPoints(x.sub(mean).div(deviation), logDeterminant).MoveToOuterDisposeScope();
        }

        public override Tensor Inverse(Tensor y)
        {
            using var scope = NewDisposeScope();
            return y.mul(deviation).Add(mean).MoveToOuterDisposeScope();
        }

        internal override long? Dimension => mean.shape[0];

        internal override Tensor InputScale() => deviation.alias();

        internal override Tensor PullBack(Tensor directions) => directions.mul(deviation);

        internal override StoredComponent Store() => new(
            Kind, new JsonObject(), new Dictionary<string, Tensor> { ["mean"] = mean, ["deviation"] = deviation });

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            mean.Dispose();
            deviation.Dispose();
        }
    }
}
