using System.Globalization;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Probes.Orchestrator.Access;

/// <summary>Who is refused at enrolment again and again must wait: RESOURCE_EXHAUSTED, with <c>retry-after</c> in seconds. Those who succeed never wait.</summary>
internal sealed class EnrolmentLimit(Limits limits) : Interceptor
{
    private const string Service = "/probes.v1.Enrolment/";

    public override async Task<TReply> UnaryServerHandler<TRequest, TReply>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TReply> continuation)
    {
        if (!context.Method.StartsWith(Service, StringComparison.Ordinal))
        {
            return await continuation(request, context);
        }

        var address = context.GetHttpContext().Connection.RemoteIpAddress;
        if (!limits.Enrolment.HasRoom(Limits.Key(address)))
        {
            limits.Note("Limits:EnrolmentPerMinute", address);
            var wait = limits.Enrolment.RetryAfterSeconds;
            throw new RpcException(
                new Status(StatusCode.ResourceExhausted, $"too many refused enrolments from this address; try again in {wait} s"),
                new Metadata { { "retry-after", wait.ToString(CultureInfo.InvariantCulture) } });
        }

        try
        {
            return await continuation(request, context);
        }
        catch (RpcException refused) when (refused.StatusCode is StatusCode.PermissionDenied or StatusCode.InvalidArgument or StatusCode.Unauthenticated)
        {
            limits.Enrolment.TryTake(Limits.Key(address));
            throw;
        }
    }
}
