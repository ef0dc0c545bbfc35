using MAFlow.Torch.Bijections;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>Starts an <see cref="ArcsinhBijection"/> at the standard deviation of each feature.</summary>
public sealed class ArcsinhFit : BijectionFit
{
    protected override Bijection Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        return new ArcsinhBijection(data.std(0).log());
    }
}
