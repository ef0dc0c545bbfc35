using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Adam and AdamW with their moments held as named tensors, so that a checkpoint carries them exactly.</summary>
/// <remarks>m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², θ ← θ - η m̂/(√v̂ + ε). Kingma, Ba (2015), algorithm 1; decoupled decay: Loshchilov, Hutter (2019).</remarks>
internal sealed class Adam : IDisposable
{
    private readonly AdamOptions options;
    private readonly IReadOnlyList<Parameter> parameters;

    public Adam(IReadOnlyList<Parameter> parameters, AdamOptions options)
    {
        (this.parameters, this.options) = (parameters, options);
        FirstMoments = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
        SecondMoments = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
    }

    /// <summary>m, one per parameter.</summary>
    public IReadOnlyList<Tensor> FirstMoments { get; }

    /// <summary>v, one per parameter.</summary>
    public IReadOnlyList<Tensor> SecondMoments { get; }

    /// <summary>Number of steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>Takes one step along the gradients that the parameters hold.</summary>
    /// <param name="rate">Learning rate η of this step.</param>
    /// <param name="gradientScale">Factor on every gradient: below 1 where its norm is clipped.</param>
    public void Step(double rate, double gradientScale)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Steps++;
        var correction1 = 1 - Math.Pow(options.Beta1, Steps);
        var correction2 = 1 - Math.Pow(options.Beta2, Steps);
        for (var i = 0; i < parameters.Count; i++)
        {
            var (parameter, m, v) = (parameters[i], FirstMoments[i], SecondMoments[i]);
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            gradient = gradient.mul(gradientScale);
            if (options.DecoupledWeightDecay)
            {
                parameter.mul_(1 - (rate * options.WeightDecay));
            }
            else
            {
                gradient = gradient.add(parameter, alpha: options.WeightDecay);
            }

            m.mul_(options.Beta1).add_(gradient, alpha: 1 - options.Beta1);
            v.mul_(options.Beta2).addcmul_(gradient, gradient, 1 - options.Beta2);
            var denominator = v.div(correction2).sqrt_().add_(options.Epsilon);
            parameter.addcdiv_(m, denominator, -rate / correction1);
        }
    }

    public void Dispose()
    {
        foreach (var moment in FirstMoments.Concat(SecondMoments))
        {
            moment.Dispose();
        }
    }
}
