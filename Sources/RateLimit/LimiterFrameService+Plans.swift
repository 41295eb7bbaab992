// SPDX-License-Identifier: MIT
import NIOCore
import Sessions
import Wire

/// Plans: read from memory, written by the plan desk.
extension LimiterFrameService {
    func getPlan(_ message: GetPlan, _ frame: InboundFrame, _ session: ServerSession) {
        guard AccessPolicy.stages.mayPeek(session.peer, at: message.tenant) else {
            return session.refuse(frame, .notPermitted, "this plan is not yours to read")
        }
        let plan = directory.plan(of: message.tenant).message(for: message.tenant)
        session.reply(Plan(plan: plan), to: frame.correlation, trace: frame.trace)
    }

    func listPlans(_ message: ListPlans, _ frame: InboundFrame, _ session: ServerSession) {
        guard AccessPolicy.stages.mayReadPlans(session.peer) else {
            return session.refuse(frame, .notPermitted, "these plans are not yours to read")
        }
        let page = directory.plans(after: message.after, countMax: WireLimits.batchCountMax)
        let plans = page.map { $0.plan.message(for: $0.tenant) }
        session.reply(Plans(plans: plans), to: frame.correlation, trace: frame.trace)
    }

    func setPlan(_ message: SetPlan, _ frame: InboundFrame, _ session: ServerSession) {
        guard AccessPolicy.stages.maySetPlan(session.peer) else {
            return session.refuse(frame, .notPermitted, "plans are set by operators")
        }
        let change = PlanDesk.Change(
            plan: message.plan, who: "\(session.peer): \(message.who)", why: message.why,
            session: session.handle, correlation: frame.correlation, trace: frame.trace,
            deadline: frame.deadline(receivedAt: session.eventLoop.now))
        guard plans.submit(change) else {
            return session.refuse(frame, .unavailable, "too many plans are being set")
        }
    }
}
