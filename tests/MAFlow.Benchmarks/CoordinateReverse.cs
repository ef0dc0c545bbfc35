using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>A training step of a ridge flow in the coordinates of the data, by tensor operations with a reverse pass derived by hand: what a
/// careful implementation without a hidden space takes.</summary>
/// <remarks>Loss ½|x(T)|² + ∫∇²φ dt by the classic Runge-Kutta method; buffers are kept over all steps.</remarks>
internal sealed class CoordinateReverse : IDisposable
{
    private const int Stages = 4;
    private static readonly double[] _nodes = [0, 0.5, 0.5, 1];
    private static readonly double[] _weights = [1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0];
    private readonly Tensor _x;
    private readonly Tensor _weight;
    private readonly Tensor _bias;
    private readonly Tensor _amplitude;
    private readonly Tensor _points;
    private readonly Tensor _units;
    private readonly int _depth;
    private readonly double _step;

    public CoordinateReverse(long batch, long dimension, int hidden, int depth)
    {
        using var generator = new Generator(7);
        (_depth, _step) = (depth, 1.0 / depth);
        _x = randn([batch, dimension], generator: generator);
        _weight = randn([hidden, dimension], generator: generator).mul_(1.5 / Math.Sqrt(dimension));
        _bias = randn(hidden, generator: generator);
        _amplitude = randn(hidden, generator: generator).mul_(0.02);
        _points = empty(depth * Stages, batch, dimension);
        _units = empty(depth * Stages, batch, hidden);
    }

    /// <summary>The gradients by W, b and a.</summary>
    public void Train()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var transposed = _weight.t();
        var emitted = _weight.mul(_amplitude.unsqueeze(1));
        var norms = _weight.square().sum([1L]);
        var laplacian = norms.mul(_amplitude);
        var x = _x.clone();
        var total = zeros(_x.shape[0]);
        for (var step = 0; step < _depth; step++)
        {
            using var inner = NewDisposeScope();
            Tensor? velocity = null;
            var sum = zeros_like(x);
            for (var i = 0; i < Stages; i++)
            {
                var (point, units) = (_points[(step * Stages) + i], _units[(step * Stages) + i]);
                point.copy_(x);
                if (velocity is not null)
                {
                    point.add_(velocity, alpha: _step * _nodes[i]);
                }

                units.copy_(addmm(_bias, point, transposed, 1, 1).sigmoid_());
                velocity = units.mm(emitted);
                sum.add_(velocity, alpha: _weights[i]);
                total.add_(units.addcmul(units, units, -1).mv(laplacian), alpha: _step * _weights[i]);
            }

            x.add_(sum, alpha: _step);
        }

        var adjoint = x.div(x.shape[0]);
        var (forWeight, forEmitted) = (zeros_like(_weight), zeros_like(_weight));
        var (forBias, forLaplacian) = (zeros_like(_bias), zeros_like(_bias));
        for (var step = _depth - 1; step >= 0; step--)
        {
            using var inner = NewDisposeScope();
            Tensor? later = null;
            var change = zeros_like(x);
            for (var i = Stages - 1; i >= 0; i--)
            {
                var (point, s) = (_points[(step * Stages) + i], _units[(step * Stages) + i]);
                var velocity = adjoint.mul(_step * _weights[i]);
                if (later is not null)
                {
                    velocity.add_(later, alpha: _step * _nodes[i + 1]);
                }

                var share = _step * _weights[i] / x.shape[0];
                var second = s.addcmul(s, s, -1);
                var own = velocity.mm(emitted.t()).add_(s.mul(-2).add_(1).mul_(laplacian), alpha: share).mul_(second);
                later = own.mm(_weight);
                change.add_(later);
                forEmitted.addmm_(s.t(), velocity, 1, 1);
                forWeight.addmm_(own.t(), point, 1, 1);
                forBias.add_(own.sum([0L]));
                forLaplacian.add_(second.sum([0L]), alpha: share);
            }

            adjoint.add_(change);
        }

        forEmitted.mul(_weight).sum([1L]).add_(forLaplacian.mul(norms));
        forWeight.add_(forEmitted.mul(_amplitude.unsqueeze(1))).add_(_weight.mul(forLaplacian.mul(_amplitude).mul(2).unsqueeze(1)));
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[_x, _weight, _bias, _amplitude, _points, _units])
        {
            tensor.Dispose();
        }
    }
}
