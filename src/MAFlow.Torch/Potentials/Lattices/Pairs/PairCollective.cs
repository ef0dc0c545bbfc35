using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Derivatives of what the terms g ln cosh(wM + b)/w of the zero mode M add to v̄·∇φ + Σ l̄ ∇²φ: v̄₀ g τ + l̄ g w (1 - τ²) with
/// τ = tanh(wM + b).</summary>
internal sealed class PairCollective
{
    private readonly PairWeights _weights;
    private readonly Tensor _mode;
    private readonly Tensor _tanh;
    private readonly Tensor _sech;
    private readonly Tensor _slope;
    private readonly Tensor _upstream;
    private readonly Tensor? _laplacian;

    public PairCollective(PairWeights weights, Tensor waves, Tensor velocity, Tensor? laplacian)
    {
        (_weights, _laplacian) = (weights, laplacian);
        (_mode, _upstream) = (waves.narrow(0, 0, 1), velocity.narrow(0, 0, 1));
        _tanh = weights.CollectiveSharpness.mul(_mode).Add(weights.Offset).tanh();
        _sech = _tanh.Square().neg().Add(1);
        // ∂/∂(wM + b) over g.
        _slope = laplacian is null
            ? _sech.mul(_upstream)
            : _sech.mul(_upstream.sub(_tanh.mul(weights.CollectiveSharpness).mul(laplacian).Mul_(2)));
    }

    /// <summary>By M, shape [1, R].</summary>
    public Tensor ByMode() => _slope.mul(_weights.Strength).mul(_weights.CollectiveSharpness).sum(0, keepdim: true);

    /// <summary>By g, shape [C].</summary>
    public Tensor ByStrength()
    {
        var result = _tanh.mul(_upstream);
        return (_laplacian is null ? result : result.Add_(_sech.mul(_weights.CollectiveSharpness).mul(_laplacian))).sum([1L]);
    }

    /// <summary>By w, shape [C].</summary>
    public Tensor BySharpness()
    {
        var result = _slope.mul(_mode);
        return (_laplacian is null ? result : result.Add_(_sech.mul(_laplacian))).mul(_weights.Strength).sum([1L]);
    }

    /// <summary>By b, shape [C].</summary>
    public Tensor ByOffset() => _slope.mul(_weights.Strength).sum([1L]);
}
