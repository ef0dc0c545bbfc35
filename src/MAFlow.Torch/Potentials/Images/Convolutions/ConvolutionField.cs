using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Images.Convolutions;

/// <summary>A convolutional potential as a field: dx/dt = ∇φ, with the integrals of ∇²φ and, where it is wanted, of |∇φ|².</summary>
/// <param name="terms">φ.</param>
/// <param name="withKineticEnergy">Whether |∇φ|² is wanted.</param>
internal sealed class ConvolutionField(ConvolutionTerms terms, bool withKineticEnergy) : Field
{
    private readonly ConvolutionStage _stage = new(terms);

    internal override IReadOnlyList<Tensor> Parameters => terms.Tensors;

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var (velocity, laplacian) = _stage.At(x);
        IReadOnlyList<Tensor> integrands = withKineticEnergy ? [laplacian, velocity.Square().sum([1L])] : [laplacian];
        return new FieldState(velocity, integrands).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x)
    {
        Tensor Zeros() => zeros(x.shape[0], dtype: x.dtype, device: x.device);
        return new(x, withKineticEnergy ? [Zeros(), Zeros()] : [Zeros()]);
    }

    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate)
    {
        Tensor[] own = [.. kept.Select(separate)];
        return (new ConvolutionField(terms.On(own), withKineticEnergy), own);
    }
}
